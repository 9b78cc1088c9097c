import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startConsole, type TestConsole } from './testing/start-console.ts';

// The console's clock shows 2026-03-24T17:05:00Z.
let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
  console.stops.kept.length = 0;
});
afterEach(() => console.close());

const url = '/api/v1/planned-stops';
const given = { actor: 'chị Lan', station: 'NUOSXL', reason: 'maintenance' };
const enter = (more: object = {}) => console.post(url, { ...given, hours: 2, ...more });

describe('POST /api/v1/planned-stops', () => {
  test('enters a stop from now on for some hours', async () => {
    const { status, body } = await enter({ words: 'thay đầu đo' });
    expect(status).toBe(200);
    expect(body).toEqual({
      stop: {
        ...{ stopId: 1, version: 1, scope: { kind: 'station', code: 'NUOSXL' }, parameters: null },
        ...{ from: '2026-03-24T17:05:00.000Z', to: '2026-03-24T19:05:00.000Z' },
        ...{ expectedRestart: null, reason: 'maintenance', words: 'thay đầu đo' },
        reasonText: { vi: 'bảo trì, bảo dưỡng', en: 'maintenance' },
        ...{ cancelled: false, actor: 'chị Lan', note: '' },
        recordedAt: '2026-03-24T17:05:00.000Z',
      },
      overlaps: [],
    });
  });

  test('takes times as officers write them, of parameters of a facility, and in the past', async () => {
    const { body } = await console.post(url, {
      ...{ actor: 'chị Lan', facility: 'CAPH', parameters: ['pH'], reason: 'other', words: 'x' },
      ...{ from: '20/03/2026 08:00', to: '21/03/2026 08:00', expectedRestart: '21/03/2026 09:00' },
    });
    expect(body['stop']).toMatchObject({
      ...{ scope: { kind: 'facility', code: 'CAPH' }, parameters: ['pH'] },
      ...{ from: '2026-03-20T01:00:00.000Z', to: '2026-03-21T01:00:00.000Z' },
      expectedRestart: '2026-03-21T02:00:00.000Z',
    });
  });

  test('names the stops that it overlaps', async () => {
    await enter();
    expect((await enter({ hours: 1 })).body['overlaps']).toEqual([1]);
  });

  test.each([
    [{ reason: 'holiday' }, 400, 'reason'],
    [{ actor: undefined }, 400, 'actor'],
    [{ facility: 'CAPH' }, 400, 'exactly one'],
    [{ hours: undefined }, 400, 'either the end'],
    [{ hours: 9000 }, 400, 'hours'],
    [{ hours: undefined, to: 'gestern' }, 400, 'to'],
    [{ words: 'a\u0000b' }, 400, 'NUL'],
    [{ station: 'S9' }, 409, 'no station'],
    [{ parameters: ['Xyz'] }, 409, 'no parameter'],
    [{ hours: undefined, to: '2026-03-24T17:00:00Z' }, 409, 'begin before it ends'],
    [{ reason: 'other' }, 409, 'say in words'],
    [{ what: 1 }, 400, 'what'],
  ])('%j is refused with %d', async (more, expected, text) => {
    const { status, body } = await enter(more);
    expect(status).toBe(expected);
    expect(JSON.stringify(body)).toContain(text);
    expect(console.stops.kept).toEqual([]);
  });

  test('is refused for a question that came through a proxy, without the token', async () => {
    const headers = { 'x-forwarded-for': '10.0.0.9' };
    const { status } = await console.post(url, { ...given, hours: 2 }, headers);
    expect(status).toBe(403);
  });
});

describe('a change', () => {
  const who = { actor: 'anh Bình', note: 'nhập nhầm' };

  test('corrects, ends and cancels; the history has all of it', async () => {
    await enter({ from: '2026-03-24T12:00:00Z', hours: 10 });
    const corrected = await console.post(`${url}/1/correct`, { ...who, reason: 'repair' });
    expect(corrected.body['stop']).toMatchObject({ version: 2, reason: 'repair', ...who });
    const ended = await console.post(`${url}/1/end`, who);
    expect(ended.body['stop']).toMatchObject({ version: 3, to: '2026-03-24T17:05:00.000Z' });
    const cancelled = await console.post(`${url}/1/cancel`, who);
    expect(cancelled.body['stop']).toMatchObject({ version: 4, cancelled: true });
    const { versions } = (await console.get(`${url}/1`)).body as {
      versions: { version: number }[];
    };
    expect(versions.map(({ version }) => version)).toEqual([4, 3, 2, 1]);
    expect((await console.post(`${url}/1/cancel`, who)).status).toBe(409);
  });

  test('needs who, why, and a stop that is there', async () => {
    await enter();
    expect((await console.post(`${url}/1/cancel`, { actor: 'a' })).status).toBe(400);
    expect((await console.post(`${url}/2/cancel`, who)).status).toBe(404);
    expect((await console.get(`${url}/2`)).status).toBe(404);
    expect((await console.get(`${url}/x`)).status).toBe(400);
    expect(
      (await console.post(`${url}/1/end`, { ...who, at: '2026-03-24T20:00:00Z' })).status,
    ).toBe(409);
  });
});

describe('GET /api/v1/planned-stops', () => {
  test('lists them in pages, the last entered first, without the cancelled ones', async () => {
    for (let i = 0; i < 4; i++) await enter();
    await console.post(`${url}/4/cancel`, { actor: 'a', note: 'b' });
    const { body } = await console.get(`${url}?limit=2`);
    const ids = (page: Record<string, unknown>) =>
      (page['items'] as { stopId: number }[]).map(({ stopId }) => stopId);
    expect(ids(body)).toEqual([3, 2]);
    const next = await console.get(`${url}?limit=2&after=${String(body['next'])}`);
    expect([ids(next.body), next.body['next']]).toEqual([[1], null]);
    expect(ids((await console.get(`${url}?cancelled=true`)).body)).toEqual([4, 3, 2, 1]);
  });

  test('asks for a station and a time', async () => {
    await console.get(`${url}?station=NUOSXL&from=25/03/2026%2000:00&to=26/03/2026%2000:00`);
    expect(console.stops.asked).toMatchObject({
      ...{ station: 'NUOSXL', withCancelled: false, limit: 100 },
      ...{ from: new Date('2026-03-24T17:00:00Z'), to: new Date('2026-03-25T17:00:00Z') },
    });
    expect((await console.get(`${url}?station=S9`)).status).toBe(404);
  });
});
