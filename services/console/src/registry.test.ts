import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ContractError, faultAt } from '@envigate/contracts';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

describe('the registry', () => {
  test('is shown without secrets, as a whole and item by item', async () => {
    const { accounts } = console.desk.current;
    const [account] = accounts;
    console.desk.current = {
      ...console.desk.current,
      accounts: [{ ...account!, passwordHash: 'scrypt$not-to-be-shown' }],
    };
    const shown = { ...account, passwordHash: '***' };
    const whole = await console.get('/api/v1/registry');
    expect(whole.body).toMatchObject({ accounts: [shown] });
    const one = await console.get('/api/v1/registry/account/caph');
    expect(one.body).toEqual({ kind: 'account', code: 'caph', body: shown });
  });

  test('reports the rules over time, with thresholds and whether they were confirmed', async () => {
    expect((await console.get('/api/v1/rules')).body).toEqual({
      items: [
        {
          ...{ rule: 'flat', version: 2, kind: 'flat-line' },
          name: { vi: 'Giá trị không đổi', en: null },
          thresholds: expect.stringMatching(/^120 min/),
          thresholdsVi: expect.stringMatching(/^120 phút/),
          ...{ source: null, verified: false, disabled: false },
        },
      ],
    });
  });

  test.each([
    ['/api/v1/registry/station/NOBODY', 404, 'not-found'],
    ['/api/v1/registry/nothing/NUOSXL', 400, 'request-invalid'],
    ['/api/v1/registry?at=yesterday', 400, 'request-invalid'],
    ['/api/v1/registry/history?kind=nothing', 400, 'request-invalid'],
  ])('%s answers %i %s', async (url, status, code) => {
    expect(await console.get(url)).toMatchObject({ status, body: { code } });
  });

  test('reports who changed which field, and no secret', async () => {
    const { body, bytes } = await console.get('/api/v1/registry/history?kind=account&code=caph');
    expect(body['items']).toMatchObject([
      {
        actor: 'officer',
        change: 'changed',
        fields: [
          { path: 'passwordHash', kind: 'secret-changed', before: null, after: null },
          { path: 'stations[]', kind: 'added', before: null, after: 'KHIAMO' },
        ],
      },
    ]);
    expect(bytes.toString()).not.toContain('scrypt');
    expect(console.desk.asked).toMatchObject({ kind: 'account', code: 'caph' });
  });

  test('goes on with the next page where the last one ended', async () => {
    const [row] = console.desk.rows;
    console.desk.rows = [row!, { ...row!, code: 'other' }];
    const first = await console.get('/api/v1/registry/history?limit=1');
    await console.get(`/api/v1/registry/history?limit=1&after=${String(first.body['next'])}`);
    expect(console.desk.asked?.after).toEqual({ at: row!.at, kind: 'account', code: 'caph' });
  });
});

describe('a pending station', () => {
  const place = { account: 'caph', prefix: 'TB_CAPH_NUOMOI', actor: 'chị Lan' };
  const accept = (said: object) =>
    console.post('/api/v1/pending-stations/accept', { ...place, ...said });
  const listed = async (query = '') =>
    (await console.get(`/api/v1/pending-stations${query}`)).body['items'];

  test('is shown with what its files measure', async () => {
    expect(await listed()).toMatchObject([
      { account: 'caph', prefix: 'TB_CAPH_NUOMOI', prefixes: 1, files: 3, symbols: ['pH', 'Xyz'] },
    ]);
  });

  test('whose names differ in digits is accepted with the prefix that a person gives', async () => {
    const [pending] = console.desk.pending;
    const name = 'TB_CAPH_NUOMOI_042_2026-03-25_00-00.csv';
    const prefixes = { count: 2, first: 'TB_CAPH_NUOMOI_041', last: 'TB_CAPH_NUOMOI_042' };
    const prefix = 'TB_CAPH_NUOMOI_###';
    const example = { ...pending!.example, name };
    console.desk.pending = [{ ...pending!, prefix, prefixes, example }];
    expect(await listed()).toMatchObject([{ prefix, prefixes: 2, example: { name } }]);
    const { status, body } = await accept({ prefix });
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining("'TB_CAPH_NUOMOI' if they are all of one station") },
    });
    expect((await accept({ prefix, filePrefix: 'TB_CAPH_NUOMOI' })).body['station']).toMatchObject({
      code: 'NUOMOI',
      filePrefixes: ['TB_CAPH_NUOMOI'],
    });
    expect(await listed()).toEqual([]);
  });

  test('is accepted in one call, with guesses that are marked, and pending no more', async () => {
    const { status, body } = await accept({});
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        station: {
          code: 'NUOMOI',
          facility: 'CAPH',
          name: 'TB_CAPH_NUOMOI',
          kind: 'waste-water',
          filePrefixes: ['TB_CAPH_NUOMOI'],
          parameters: [{ parameter: 'pH' }],
          guessed: ['code', 'name', 'kind', 'facility', 'parameters'],
        },
        guessed: ['code', 'name', 'kind', 'facility', 'parameters'],
        unknownSymbols: ['Xyz'],
        warnings: [
          {
            code: 'no-target',
            vi: expect.stringContaining('không truyền về Bộ'),
            en: expect.stringContaining('not forwarded'),
          },
        ],
      },
    });
    expect(console.desk.actors).toEqual(['chị Lan']);
    expect(await listed()).toEqual([]);
    expect((await accept({})).status).toBe(404);
  });

  test('takes what a person says before any guess', async () => {
    const said = {
      code: 'NT2',
      name: 'Trạm 2',
      kind: 'groundwater',
      facility: 'MOI',
      facilityName: 'Nhà máy mới',
      parameters: [],
    };
    const { body } = await accept(said);
    const { facilityName: _facilityName, parameters: _parameters, ...kept } = said;
    expect(body['station']).toEqual({ ...kept, filePrefixes: [place.prefix] });
    expect(console.desk.current.facilities).toContainEqual({ code: 'MOI', name: 'Nhà máy mới' });
  });

  test('is forwarded to the targets that a person gives', async () => {
    const { targets } = console.desk.current;
    const code = targets[0]!.code;
    const { body } = await accept({ targets: [code, code] });
    expect(body).toMatchObject({ station: { targets: [code] }, warnings: [] });
    expect(body['guessed']).not.toContain('targets');
  });

  test('is shown to be forwarded nowhere while its targets are disabled', async () => {
    const { targets, ...others } = console.desk.current;
    const [target] = targets;
    console.desk.current = { ...others, targets: [{ ...target!, disabled: true }] };
    expect((await accept({ targets: [target!.code] })).body['warnings']).toMatchObject([
      { code: 'no-enabled-target', en: expect.stringContaining(target!.code) },
    ]);
  });

  test.each([
    ['an unknown target', { targets: ['NONE'] }, 409, 'conflict'],
    ['a code that is taken', { code: 'NUOSXL' }, 409, 'conflict'],
    ['an unknown facility', { facility: 'NONE' }, 409, 'conflict'],
    ['an unknown kind', { kind: 'water' }, 400, 'request-invalid'],
    ['an unknown key', { nmae: 'x' }, 400, 'request-invalid'],
    ['another prefix', { prefix: 'TB_CAPH_NUO' }, 404, 'not-found'],
  ])('with %s is refused', async (_what, said, status, code) => {
    expect(await accept(said)).toMatchObject({ status, body: { code } });
    expect(console.desk.actors).toEqual([]);
  });

  test('whose registry would not be whole is refused in both languages', async () => {
    console.desk.acceptStation = () =>
      Promise.reject(
        new ContractError('Registry', [
          faultAt('/accounts/0/stations', { vi: 'phải khác nhau', en: 'must differ' }),
          faultAt('', { vi: "thiếu trường 'stations'", en: "must have the key 'stations'" }),
        ]),
      );
    expect(await accept({})).toMatchObject({
      status: 409,
      body: {
        message:
          "the registry was not changed: /accounts/0/stations must differ; / must have the key 'stations'",
        messageVi:
          "Danh mục chưa được thay đổi: /accounts/0/stations phải khác nhau; / thiếu trường 'stations'",
      },
    });
  });

  test('that was dismissed is shown on request only', async () => {
    const { status } = await console.post('/api/v1/pending-stations/dismiss', {
      ...place,
      note: 'thử',
    });
    expect(status).toBe(200);
    expect(await listed()).toEqual([]);
    expect(await listed('?dismissed=true')).toMatchObject([
      { dismissed: { actor: 'chị Lan', note: 'thử' } },
    ]);
  });

  test('is for operators only', async () => {
    const guarded = await startConsole({ host: '0.0.0.0' });
    const { status, body } = await guarded.post('/api/v1/pending-stations/accept', place);
    expect({ status, body }).toMatchObject({ status: 403, body: { code: 'operator-token-unset' } });
    expect(guarded.desk.actors).toEqual([]);
    expect((await guarded.get('/api/v1/pending-stations')).status).toBe(200);
    await guarded.close();
  });
});
