import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { reception } from './testing/rows.ts';
import { startConsole, type TestConsole } from './testing/start-console.ts';

// What holds for every list of the API alike.

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

const lists = ['files', 'readings', 'quarantine', 'gaps', 'deliveries', 'notices'] as const;
type List = (typeof lists)[number];
const askedOf = (list: List) => console.queries.asked[list === 'files' ? 'receptions' : list];

async function items(path: string): Promise<readonly Record<string, unknown>[]> {
  const { status, body } = await console.get(path);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body['items'] as Record<string, unknown>[];
}

describe.each(lists)('every list: %s', (list) => {
  const path = `/api/v1/${list}`;

  test('gives a hundred rows unless configured otherwise, a thousand at most', async () => {
    await items(path);
    expect(askedOf(list)?.limit).toBe(100);
    expect((await console.get(`${path}?limit=1000`)).status).toBe(200);
    expect((await console.get(`${path}?limit=1001`)).status).toBe(400);
    expect((await console.get(`${path}?limit=0`)).status).toBe(400);
    expect((await console.get(`${path}?limit=many`)).status).toBe(400);
  });

  test('begins the next page after the last row shown, and knows the last page', async () => {
    const name = list === 'files' ? 'receptions' : list;
    const [row] = console.queries.rows[name];
    console.queries.rows = { ...console.queries.rows, [name]: [row, row, row] };
    const { body } = await console.get(`${path}?limit=2`);
    expect(body['items']).toHaveLength(2);
    expect(body['next']).toEqual(expect.any(String));

    await items(`${path}?limit=3&after=${String(body['next'])}`);
    expect(askedOf(list)?.after).toEqual(positions[list]);
    const all = await console.get(`${path}?limit=3`);
    expect(all.body['items']).toHaveLength(3);
    expect(all.body['next']).toBeNull();
  });

  test('has a next page where the look through the list ended early', async () => {
    const name = list === 'files' ? 'receptions' : list;
    console.queries.rows = { ...console.queries.rows, [name]: [] };
    console.queries.lookEnds = { [name]: positions[list] };
    const { body } = await console.get(path);
    expect(body).toEqual({ items: [], next: expect.any(String) });
    await items(`${path}?after=${String(body['next'])}`);
    expect(askedOf(list)?.after).toEqual(positions[list]);
  });

  test.each([
    ['not base64 of anything', '!!!'],
    ['no list of ours', Buffer.from('{"a":1}').toString('base64url')],
    ['of another list', Buffer.from('["others",1]').toString('base64url')],
    ['of the wrong kind', Buffer.from(`["${list}",null,[],{},1e99]`).toString('base64url')],
  ])('refuses a cursor that is %s', async (_, after) => {
    expect(await console.get(`${path}?after=${after}`)).toMatchObject({
      status: 400,
      body: { message: 'after: must be `next` of a page of this list, unchanged' },
    });
  });

  test.each([
    ['2026-03-25', 'is a date without a time of day and an offset'],
    ['2026-03-25T00:00:00', 'is not a time in a known form'],
    ['2026-02-30T00:00:00Z', 'is not a time in a known form'],
    ['yesterday', 'is not a time in a known form'],
    ['', 'is not a time in a known form'],
  ])('refuses the time %j with a text that shows the form', async (time, fault) => {
    for (const name of ['from', 'to']) {
      expect(await console.get(`${path}?${name}=${time}`)).toMatchObject({
        status: 400,
        body: {
          code: 'request-invalid',
          message: `${name}: "${time}" ${fault}; write it like 25/03/2026 00:00 or 2026-03-25T00:00:00+07:00`,
          messageVi: expect.stringMatching(/ví dụ 25\/03\/2026 00:00/),
        },
      });
    }
  });

  test.each([
    ['with a plus that a client forgot to encode', '2026-03-25T00:00:00+07:00'],
    ['as an officer writes it, of the clock of Vietnam', '25/03/2026%2000:00'],
  ])('takes a time %s', async (_, from) => {
    await items(`${path}?from=${from}`);
    expect(askedOf(list)?.from).toEqual(new Date('2026-03-24T17:00:00Z'));
  });

  test('refuses a range that ends before it begins', async () => {
    const range = 'from=2026-03-25T00:00:00Z&to=2026-03-24T00:00:00Z';
    expect(await console.get(`${path}?${range}`)).toMatchObject({
      status: 400,
      body: { message: "from: must be before 'to'" },
    });
  });

  test('does not know a station that is not in the registry', async () => {
    expect(await console.get(`${path}?station=nuosxl`)).toMatchObject({
      status: 404,
      body: {
        ...{ code: 'not-found', message: 'no station "nuosxl"' },
        messageVi: 'Không có trạm "nuosxl"',
      },
    });
  });

  test('refuses a filter that it has not', async () => {
    expect(await console.get(`${path}?sation=NUOSXL`)).toMatchObject({
      status: 400,
      body: { code: 'request-invalid' },
    });
  });

  test('refuses a NUL and a filter given twice', async () => {
    const text = ['gaps', 'notices'].includes(list)
      ? 'station'
      : list === 'readings'
        ? 'parameter'
        : 'account';
    const name = list === 'deliveries' ? 'target' : text;
    expect((await console.get(`${path}?${name}=a%00b`)).status).toBe(400);
    expect((await console.get(`${path}?${name}=a&${name}=b`)).status).toBe(400);
  });

  test('says that the database is away, and nothing about what else fails', async () => {
    console.queries.failure = Object.assign(new Error('connect ECONNREFUSED 10.0.0.9'), {
      retryable: true,
    });
    expect(await console.get(path)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    console.queries.failure = new Error('secret of the house');
    const { status, bytes } = await console.get(path);
    expect(status).toBe(500);
    expect(bytes.toString()).not.toContain('secret');
  });
});

const positions: Readonly<Record<List, unknown>> = {
  files: { receivedAt: reception.receivedAt, receptionId: reception.receptionId },
  readings: {
    instant: new Date('2026-03-24T17:00:00Z'),
    station: 'NUOSXL',
    parameter: 'pH',
    revision: 2,
  },
  quarantine: 41,
  gaps: 5,
  deliveries: 77,
  notices: 3,
};
