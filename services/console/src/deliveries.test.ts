import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { delivery } from './testing/rows.ts';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

const who = { actor: 'chị Lan', note: 'máy chủ của Bộ đã sửa' };

describe.each(['retry', 'skip'] as const)('POST /api/v1/deliveries/%s', (decision) => {
  const ask = (body: object) => console.post(`/api/v1/deliveries/${decision}`, body);

  test('decides about what is selected, and says what could not be', async () => {
    const { status, body } = await ask({ ...who, select: { ids: [77, 78], state: 'refused' } });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ decided: 2, declined: 1 },
      reasons: [
        {
          ...{ deliveryId: 78, code: 'sent' },
          reason: 'it was sent; a correction of its data is sent by itself',
          reasonVi: 'đã truyền; nếu số liệu được sửa, hệ thống tự truyền lại',
        },
      ],
    });
    expect(console.deliveries.decisions).toEqual([
      { decision, ...who, selection: { ids: [77, 78], state: 'refused' } },
    ]);
  });

  test('takes a range of data and a target that is gone', async () => {
    const select = {
      ...{ target: 'gone', from: '2026-03-25T00:00:00+07:00', to: '2026-03-26T00:00:00+07:00' },
    };
    await ask({ ...who, select });
    expect(console.deliveries.decisions[0]?.selection).toEqual({
      target: 'gone',
      from: new Date('2026-03-24T17:00:00Z'),
      to: new Date('2026-03-25T17:00:00Z'),
    });
  });

  test.each([
    [{ select: { ids: [77] } }, 'actor'],
    [{ actor: 'chị Lan', select: { ids: [77] } }, 'note'],
    [{ ...who, select: {} }, 'select'],
    [{ ...who, select: { ids: [] } }, 'ids'],
    [{ ...who, select: { state: 'sent' } }, 'state'],
    [{ ...who, select: { from: 'gestern' } }, 'from'],
  ])('%j is refused', async (body, field) => {
    const { status, body: answer } = await ask(body);
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toContain(field);
    expect(console.deliveries.decisions).toEqual([]);
  });

  test('says where nothing is selected', async () => {
    console.deliveries.outcome = { decided: 0, declined: 0, reasons: [] };
    expect((await ask({ ...who, select: { ids: [1] } })).status).toBe(404);
  });

  test('is refused for a question that came through a proxy, without the token', async () => {
    const headers = { 'x-forwarded-for': '10.0.0.9' };
    const body = { ...who, select: { ids: [77] } };
    const { status } = await console.post(`/api/v1/deliveries/${decision}`, body, headers);
    expect(status).toBe(403);
    expect(console.deliveries.decisions).toEqual([]);
  });
});

test.each([
  ['ministry', 'due', 'target-unknown'],
  ['ministry-ftp', 'due', null],
  ['ministry', 'refused', null],
] as const)('a delivery to %s that is %s waits for %s', async (target, state, expected) => {
  console.queries.rows = {
    ...console.queries.rows,
    deliveries: [{ ...delivery, target, state }],
  };
  const { body } = await console.get('/api/v1/deliveries');
  expect((body['items'] as Record<string, unknown>[])[0]).toMatchObject({ waitsFor: expected });
});
