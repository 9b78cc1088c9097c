import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fileId } from './testing/rows.ts';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

const replay = (body: object) =>
  console.post('/api/v1/quarantine/replay', { actor: 'chị Lan', ...body });

describe('a row of quarantine', () => {
  test('is explained: reason, place, what was expected and what would cure it', async () => {
    const { status, body } = await console.get('/api/v1/quarantine/41');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ quarantineId: 41, reason: 'time-unreadable' },
      ...{ expected: 'a time', expectedVi: 'thời gian đo' },
      reasonText: { en: expect.any(String), vi: expect.any(String) },
      pointer: { line: 'pH\t7.1\t-\t2026032500\t00', caret: '  \t   \t \t^' },
      cure: { en: expect.any(String), vi: expect.any(String) },
      resolution: 'understood',
    });
    expect((await console.get('/api/v1/quarantine/42')).status).toBe(404);
    expect((await console.get('/api/v1/quarantine/x')).status).toBe(400);
  });

  test('is counted by reason, as the query says', async () => {
    const url = '/api/v1/quarantine/reasons?state=open&account=caph&text=nuo';
    const { body } = await console.get(url);
    expect(body['items']).toEqual([
      { reason: 'unknown-station', reasonText: expect.any(Object), files: 2, rows: 2 },
    ]);
    expect(console.replays.counted).toMatchObject({ state: 'open', account: 'caph', text: 'nuo' });
  });

  test('is listed by whether it is open and by a text', async () => {
    await console.get('/api/v1/quarantine?state=resolved&text=abc');
    expect(console.queries.asked.quarantine).toMatchObject({ state: 'resolved', text: 'abc' });
  });
});

describe('a replay', () => {
  test('is asked for by query, with who, why and for which station', async () => {
    const select = {
      reason: 'unknown-station',
      account: 'caph',
      from: '2026-03-25T00:00:00+07:00',
    };
    const { status, body } = await replay({ select, station: 'NUOSXL', note: 'sai tên' });
    expect({ status, body }).toEqual({
      status: 200,
      body: { batch: '01JQ0000000000000000000008', files: 3, foreseen: [] },
    });
    expect(console.replays.requests).toEqual([
      {
        ...{ actor: 'chị Lan', station: 'NUOSXL', note: 'sai tên' },
        selection: {
          ...{ kind: 'quarantine', reason: 'unknown-station', account: 'caph' },
          from: new Date('2026-03-24T17:00:00Z'),
        },
      },
    ]);
  });

  test('is asked for by a profile', async () => {
    const { status } = await replay({ select: { ids: [41] }, profile: 'SIX' });
    expect(status).toBe(200);
    expect(console.replays.requests).toEqual([
      {
        ...{ actor: 'chị Lan', profile: 'SIX' },
        selection: { kind: 'quarantine', ids: [41] },
      },
    ]);
  });

  test('by a profile is foreseen as the profile reads', async () => {
    console.replays.content = Buffer.from('logger 7\tpH\t7.2\t\t20260325000000\t00\r\n');
    const asked = { select: { all: true }, dryRun: true, station: 'NUOSXL' };
    const without = await replay(asked);
    expect(without.body['foreseen']).toMatchObject([{ reason: 'unknown-form' }]);
    const { body } = await replay({ ...asked, profile: 'SIX' });
    expect(body['foreseen']).toMatchObject([{ outcome: 'stored', cured: true, readings: 1 }]);
  });

  test('of files that are said to be whole reads what was interrupted', async () => {
    console.replays.isInterrupted = true;
    const select = { reason: 'interrupted' };
    const asked = { select, station: 'NUOSXL', dryRun: true };
    const without = await replay(asked);
    expect(without.body['foreseen']).toMatchObject([{ cured: false, reason: 'interrupted' }]);
    const said = await replay({ ...asked, asWhole: true });
    expect(said.body['foreseen']).toMatchObject([{ cured: true, outcome: 'stored' }]);

    await replay({ select, asWhole: true, note: 'luôn reset' });
    await replay({ select, asWhole: false });
    expect(console.replays.requests).toEqual([
      {
        ...{ actor: 'chị Lan', asWhole: true, note: 'luôn reset' },
        selection: { kind: 'quarantine', ...select },
      },
      { actor: 'chị Lan', selection: { kind: 'quarantine', ...select } },
    ]);
  });

  test('is foreseen file by file, and nothing is asked for', async () => {
    const asked = { select: { all: true }, dryRun: true };
    const cured = await replay({ ...asked, station: 'NUOSXL' });
    expect(cured.body).toEqual({
      batch: null,
      files: 3,
      foreseen: [
        {
          ...{ fileId, name: 'TB_CAPH_NUOMOI_20260325000000.txt', account: 'caph' },
          ...{ outcome: 'stored', cured: true, station: 'NUOSXL', readings: 2, rejectedLines: 0 },
          ...{ reason: null, reasonText: null, detail: null, detailVi: null },
          unknownSymbols: ['Xyz'],
        },
      ],
    });
    const not = await replay(asked);
    expect(not.body['foreseen']).toMatchObject([
      {
        ...{ outcome: 'quarantined', cured: false, reason: 'unknown-station', station: null },
        detail: expect.stringContaining('does not match a file prefix of account'),
        detailVi: expect.stringContaining('không khớp tiền tố tên tệp của tài khoản'),
      },
    ]);
    expect(console.replays.requests).toEqual([]);
  });

  test.each([
    ['says nothing', {}],
    ['says all and a part', { all: true, account: 'caph' }],
    ['names files and a part', { fileIds: [fileId], account: 'caph' }],
    ['misspells a filter', { acount: 'caph' }],
    ['has a date alone', { from: '2026-03-25' }],
    ['knows a reason of no quarantine', { reason: 'out-of-range' }],
  ])('is refused where the selection %s', async (_, select) => {
    expect((await replay({ select })).status).toBe(400);
    expect(console.replays.requests).toEqual([]);
  });

  test('for a station or by a profile that is not known is refused, and so is one without a name', async () => {
    const asked = { select: { all: true } };
    expect(await replay({ ...asked, station: 'X' })).toMatchObject({
      status: 404,
      body: { message: "station 'X' is not in the registry" },
    });
    expect(await replay({ ...asked, profile: 'CSV' })).toMatchObject({
      status: 404,
      body: { message: "profile 'CSV' is not in the registry" },
    });
    expect((await replay({ ...asked, actor: '' })).status).toBe(400);
    expect(console.replays.requests).toEqual([]);
  });

  test('reports what became of it', async () => {
    const { body } = await console.get('/api/v1/replays/01JQ0000000000000000000008');
    expect(body).toMatchObject({ requested: 4, underWay: 1, stored: 2, quarantined: 1 });
    const other = await console.get('/api/v1/replays/01JQ0000000000000000000009');
    expect(other.status).toBe(404);
  });
});

describe('a reread of stored files', () => {
  const reread = (body: object) =>
    console.post('/api/v1/files/reread', { actor: 'chị Lan', station: 'NUOSXL', ...body });
  const from = '2026-03-25T00:00:00+07:00';
  const to = '2026-03-26T00:00:00+07:00';
  const selection = {
    ...{ kind: 'reread', station: 'NUOSXL', by: 'any' },
    ...{ from: new Date('2026-03-24T17:00:00Z'), to: new Date('2026-03-25T17:00:00Z') },
  };

  test('is asked for by station and range, with who and why', async () => {
    const { status, body: answer } = await reread({ from, to, note: 'giờ UTC' });
    expect({ status, body: answer }).toEqual({
      status: 200,
      body: { batch: '01JQ0000000000000000000008', files: 4, foreseen: null },
    });
    expect(console.replays.rereads).toEqual([{ actor: 'chị Lan', note: 'giờ UTC', selection }]);
    const { body } = await console.get('/api/v1/replays/01JQ0000000000000000000008');
    expect(body).toMatchObject({ files: 4, withdrawn: 0 });
  });

  test('is foreseen, and nothing is asked for', async () => {
    const { status, body } = await reread({ from, to, by: 'data', dryRun: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ batch: null, files: 4 },
      foreseen: {
        ...{ looked: 4, changedFiles: 2, withdrawn: 2 },
        examples: [{ kind: 'correction', before: { value: 9 }, after: { value: 18 } }],
      },
    });
    expect(console.replays.foreseen).toMatchObject([{ selection: { ...selection, by: 'data' } }]);
    expect(console.replays.rereads).toEqual([]);
  });

  test.each([
    ['gives no range', {}, 400],
    ['gives a range that ends before it begins', { from: to, to: from }, 400],
    ['gives a time without an offset', { from: '2026-03-25T00:00:00' }, 400],
    ['counts another time', { from, by: 'moon' }, 400],
    ['has nobody to answer for it', { from, actor: '' }, 400],
    ['names a station that is not known', { from, station: 'X' }, 404],
  ])('is refused where it %s', async (_, body, status) => {
    expect((await reread(body)).status).toBe(status);
    expect(console.replays.rereads).toEqual([]);
  });
});

describe('files held for a decision', () => {
  const discard = (body: object) =>
    console.post('/api/v1/quarantine/discard', { actor: 'chị Lan', ...body });

  test('are discarded by number, with who and why', async () => {
    const { status, body } = await discard({ ids: [40, 41], note: 'pin hết' });
    expect({ status, body }).toEqual({ status: 200, body: { discarded: [41] } });
    expect(console.replays.discarded).toEqual([
      { ids: [40, 41], actor: 'chị Lan', note: 'pin hết' },
    ]);
  });

  test.each([
    ['no row is meant', { ids: [] }, 400],
    ['nobody answers for it', { ids: [41], actor: '' }, 400],
    ['no row is held', { ids: [40] }, 404],
  ])('are left where %s', async (_, body, status) => {
    expect((await discard(body)).status).toBe(status);
  });
});

describe('an unknown symbol', () => {
  const map = { station: 'NUOSXL', symbol: 'Xyz', parameter: 'pH' };
  const ask = (body: object = map) =>
    console.post('/api/v1/unknown-symbols/map', { actor: 'chị Lan', ...body });

  test('is shown with how much is kept under it', async () => {
    const { body } = await console.get('/api/v1/unknown-symbols');
    expect(body['items']).toMatchObject([
      { station: 'NUOSXL', symbol: 'Xyz', readings: 12, latest: { rawValue: '1,5', fileId } },
    ]);
  });

  test('is mapped in the name of who decides', async () => {
    expect(await ask()).toMatchObject({ status: 200, body: map });
    expect(console.replays.mapped).toEqual([{ ...map, actor: 'chị Lan' }]);
  });

  test.each([
    [{ kind: 'refused', reason: { vi: 'đã gán', en: 'mapped' } } as const, 409, 'đã gán', 'mapped'],
    [{ kind: 'not-found', what: { vi: 'thiếu', en: 'missing' } } as const, 404, 'thiếu', 'missing'],
  ])('that cannot be mapped answers %j', async (decision, status, messageVi, message) => {
    console.replays.decision = decision;
    expect(await ask()).toMatchObject({ status, body: { message, messageVi } });
  });
});

test.each([
  '/api/v1/quarantine/replay',
  '/api/v1/quarantine/discard',
  '/api/v1/files/reread',
  '/api/v1/unknown-symbols/map',
])('%s needs the operators’ token where one is set', async (path) => {
  await console.close();
  console = await startConsole({ operatorToken: 'a-token-of-operators' });
  expect((await console.post(path, {})).status).toBe(401);
});
