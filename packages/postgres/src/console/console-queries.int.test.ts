import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ConsoleQueries } from '@envigate/contracts';
import { RecordScene } from './testing/record-scene.ts';

jest.setTimeout(120_000);

let scene: RecordScene;
let queries: ConsoleQueries;
beforeAll(async () => {
  scene = await RecordScene.create();
  queries = scene.queries;
  await scene.record(
    [
      scene.file({
        name: 'TB_S1_1.txt',
        values: { pH: 7.5, TSS: null },
        instant: '2026-01-01T00:00:00.000Z',
        receivedAt: '2026-01-01T00:00:02.345Z',
        rejected: [{ line: 3, reason: 'time-unreadable' }],
        warnings: [{ code: 'name-time-differs', detail: '5 minutes' }],
      }),
      scene.file({
        name: 'TBxS1_2.txt',
        instant: '2026-01-01T00:05:00.000Z',
        receivedAt: '2026-01-01T00:05:02.000Z',
      }),
    ],
    ['ministry'],
  );
  await scene.record([
    scene.file({
      name: 'TB_S2_1.txt',
      station: 'S2',
      account: 'A2',
      instant: '2026-01-01T00:05:00.000Z',
      receivedAt: '2026-01-01T00:05:01.000Z',
    }),
    // The first file again, and a correction of its pH.
    scene.file({
      name: 'TB_S1_1.txt',
      values: { pH: 7.5, TSS: null },
      instant: '2026-01-01T00:00:00.000Z',
      receivedAt: '2026-01-01T01:00:00.000Z',
    }),
    scene.file({
      name: 'TB_S1_1b.txt',
      values: { pH: 8 },
      instant: '2026-01-01T00:00:00.000Z',
      receivedAt: '2026-01-01T02:00:00.000Z',
    }),
  ]);
  await scene.quarantine({
    name: 'unknown.txt',
    account: 'A2',
    receivedAt: '2026-01-01T03:00:00.000Z',
  });
  await scene.database.execute(
    `INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at, closed_at, closed_by, removed_at)
     SELECT station_id, 'transmission', given.from_, given.to_, level, opened, closed,
            (SELECT file_id FROM files WHERE name = given.file), removed
     FROM (VALUES
       ('S1', timestamptz '2026-01-01T04:00Z', timestamptz '2026-01-01T10:00Z', '1h',
        timestamptz '2026-01-01T04:20Z', timestamptz '2026-01-01T10:01Z', 'TB_S1_1b.txt', null::timestamptz),
       ('S1', '2026-01-02T00:00Z', '2026-01-02T01:00Z', '15min', '2026-01-02T00:20Z', null, null, now()),
       ('S2', '2026-01-01T00:05Z', null, '12h', '2026-01-01T00:25Z', null, null, null),
       ('S1', '2026-01-03T00:00Z', '2026-01-03T00:30Z', '15min', '2026-01-03T00:20Z', '2026-01-03T00:30Z', null, null)
     ) AS given (station, from_, to_, level, opened, closed, file, removed)
     JOIN station_keys USING (station)`,
  );
});
afterAll(() => scene.close());

const at = (time: string): Date => new Date(`2026-01-01T${time}Z`);

describe('receptions', () => {
  const names = async (filter: Partial<Parameters<ConsoleQueries['receptions']>[0]>) =>
    (await queries.receptions({ limit: 100, ...filter })).rows.map(
      ({ name, outcome }) => `${name} ${outcome}`,
    );

  test('come newest first', async () => {
    expect(await names({})).toEqual([
      'unknown.txt quarantined',
      'TB_S1_1b.txt stored',
      'TB_S1_1.txt duplicate',
      'TBxS1_2.txt stored',
      'TB_S2_1.txt stored',
      'TB_S1_1.txt stored',
    ]);
    expect(await names({ limit: 1 })).toEqual(['unknown.txt quarantined']);
  });

  test('have every field', async () => {
    const first = (await queries.receptions({ limit: 100 })).rows.at(-1);
    expect(first).toEqual({
      receptionId: expect.stringMatching(/^\d{26}$/),
      fileId: expect.stringMatching(/^[0-9a-f]{64}$/),
      form: null,
      name: 'TB_S1_1.txt',
      folder: '/2026/01',
      account: 'A1',
      station: 'S1',
      receivedAt: at('00:00:02.345'),
      recordedAt: expect.any(Date),
      protocol: 'ftps',
      peer: '10.0.0.1',
      size: expect.any(Number),
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      outcome: 'stored',
      newReadings: 2,
      corrections: 0,
      repeats: 0,
      rejectedLines: 1,
      notUnderstood: [
        {
          ...{ reason: 'time-unreadable', rows: 1, open: 1, line: 3 },
          ...{ expected: 'a time', expectedVi: 'thời gian đo' },
        },
      ],
      warnings: [{ code: 'name-time-differs', detail: '5 minutes', detailVi: null }],
    });
  });

  test('are of the station of their file, a duplicate as well, or of none', async () => {
    expect(await names({ station: 'S1' })).toEqual([
      'TB_S1_1b.txt stored',
      'TB_S1_1.txt duplicate',
      'TBxS1_2.txt stored',
      'TB_S1_1.txt stored',
    ]);
    expect(await names({ station: 'never-sent' })).toEqual([]);
    const {
      rows: [unknown],
    } = await queries.receptions({ limit: 1 });
    expect(unknown?.station).toBeNull();
  });

  test.each([
    ['an account', { account: 'A2' }, ['unknown.txt quarantined', 'TB_S2_1.txt stored']],
    ['an outcome', { outcome: 'duplicate' as const }, ['TB_S1_1.txt duplicate']],
    ['a name', { name: 'TB_S2_1.txt' }, ['TB_S2_1.txt stored']],
    // The underscore and the percent sign are no wildcards.
    ['the beginning of a name', { name: 'TB_S2*' }, ['TB_S2_1.txt stored']],
    ['a beginning without wildcards', { name: 'TB_S1_2*' }, []],
    ['a percent sign', { name: '%*' }, []],
    [
      'a star alone',
      { name: '*', account: 'A2', outcome: 'stored' as const },
      ['TB_S2_1.txt stored'],
    ],
    ['times', { from: at('00:05:01'), to: at('00:05:02') }, ['TB_S2_1.txt stored']],
    [
      'what came before',
      { after: { receivedAt: at('00:05:02'), receptionId: '0'.repeat(26) } },
      ['TB_S2_1.txt stored', 'TB_S1_1.txt stored'],
    ],
  ])('are filtered by %s', async (_, filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });
});

describe('a file', () => {
  test('comes with its receptions, its quarantine and its deliveries', async () => {
    const { fileId } = (await queries.receptions({ limit: 100 })).rows.at(-1)!;
    const file = await queries.file(fileId);
    expect(file).toMatchObject({
      fileId,
      account: 'A1',
      name: 'TB_S1_1.txt',
      station: 'S1',
      state: 'stored',
      dataFrom: at('00:00:00'),
      dataTo: at('00:00:00'),
      receptions: [{ outcome: 'duplicate' }, { outcome: 'stored' }],
      quarantine: [{ reason: 'time-unreadable', line: 3 }],
      deliveries: [{ target: 'ministry', fileName: 'out_TB_S1_1.txt', state: 'due' }],
    });
    const original = await queries.original(fileId);
    expect(original?.name).toBe('TB_S1_1.txt');
    expect(Buffer.from(original!.content).toString()).toContain('7.5');
    expect(file?.size).toBe(original?.content.length);
  });

  test('that is not there is undefined', async () => {
    expect(await queries.file('00'.repeat(32))).toBeUndefined();
    expect(await queries.original('00'.repeat(32))).toBeUndefined();
  });
});

describe('readings', () => {
  const texts = async (filter: Partial<Parameters<ConsoleQueries['readings']>[0]>) =>
    (await queries.readings({ limit: 100, revisions: false, ...filter })).rows.map(
      ({ station, parameter, instant, value, revision, supersededAt }) =>
        `${station} ${parameter} ${instant.toISOString().slice(11, 16)} ${value} r${revision}${supersededAt === null ? '' : ' replaced'}`,
    );
  const current = [
    'S1 pH 00:00 8 r2',
    'S1 TSS 00:00 null r1',
    'S1 pH 00:05 7 r1',
    'S2 pH 00:05 7 r1',
  ];

  test('are the current ones, by time', async () => {
    expect((await texts({})).toSorted()).toEqual(current.toSorted());
    expect((await texts({})).slice(2)).toEqual(current.slice(2));
  });

  test('have the replaced ones beside them where asked for', async () => {
    const withRevisions = await texts({ revisions: true, parameter: 'pH' });
    expect(withRevisions).toEqual([
      'S1 pH 00:00 7.5 r1 replaced',
      'S1 pH 00:00 8 r2',
      'S1 pH 00:05 7 r1',
      'S2 pH 00:05 7 r1',
    ]);
  });

  test('have every field', async () => {
    const {
      rows: [reading],
    } = await queries.readings({
      ...{ limit: 1, revisions: false, station: 'S1', parameter: 'TSS' },
    });
    const {
      rows: [file],
    } = await queries.receptions({ limit: 1, outcome: 'duplicate' });
    expect(reading).toEqual({
      station: 'S1',
      parameter: 'TSS',
      instant: at('00:00:00'),
      value: null,
      unit: 'u',
      censored: null,
      factor: 1,
      rawValue: 'n/a',
      rawUnit: 'U',
      status: '00',
      flag: 9,
      reasons: ['missing@2'],
      revision: 1,
      recordedAt: expect.any(Date),
      supersededAt: null,
      fileId: file!.fileId,
      line: 2,
    });
  });

  test('are filtered by station, parameter, flag and time', async () => {
    expect(await texts({ station: 'S2' })).toEqual(['S2 pH 00:05 7 r1']);
    expect(await texts({ flag: 9 })).toEqual(['S1 TSS 00:00 null r1']);
    expect(await texts({ flag: 1, station: 'S2' })).toEqual(['S2 pH 00:05 7 r1']);
    expect(await texts({ from: at('00:05:00') })).toEqual(current.slice(2));
    expect(await texts({ to: at('00:05:00'), parameter: 'pH' })).toEqual(['S1 pH 00:00 8 r2']);
    expect(await texts({ station: 'never-sent' })).toEqual([]);
    expect(await texts({ parameter: 'never-sent', revisions: true })).toEqual([]);
  });
});

describe('quarantine', () => {
  test('has lines and whole files, newest first, with every field', async () => {
    const {
      rows: [file, line],
    } = await queries.quarantine({ limit: 100 });
    expect(file).toMatchObject({
      scope: 'file',
      station: null,
      account: 'A2',
      reason: 'unknown-station',
      expected: 'a station of the account',
      expectedVi: null,
      line: null,
      column: null,
      text: '',
    });
    expect(line).toEqual({
      quarantineId: expect.any(Number),
      receptionId: expect.stringMatching(/^\d{26}$/),
      fileId: expect.stringMatching(/^[0-9a-f]{64}$/),
      fileName: 'TB_S1_1.txt',
      account: 'A1',
      station: 'S1',
      scope: 'line',
      reason: 'time-unreadable',
      line: 3,
      column: 2,
      expected: 'a time',
      expectedVi: 'thời gian đo',
      text: 'line 3',
      quarantinedAt: expect.any(Date),
      ...{ resolvedAt: null, resolvedBy: null, resolution: null },
    });
  });

  test.each([
    [{ station: 'S1' }, ['time-unreadable']],
    [{ account: 'A2' }, ['unknown-station']],
    [{ scope: 'line' as const }, ['time-unreadable']],
    [{ reason: 'unknown-station' }, ['unknown-station']],
    [{ to: at('00:00:00') }, []],
    [{ from: at('00:00:00') }, ['unknown-station', 'time-unreadable']],
    [{ state: 'open' as const }, ['unknown-station', 'time-unreadable']],
    [{ state: 'resolved' as const }, []],
    [{ text: 'UNKNOWN.' }, ['unknown-station']],
    [{ text: 'ine 3' }, ['time-unreadable']],
    [{ text: 'n%n' }, []],
  ])('is filtered by %j', async (filter, expected) => {
    const { rows: found } = await queries.quarantine({ limit: 100, ...filter });
    expect(found.map(({ reason }) => reason)).toEqual(expected);
  });
});

describe('gaps', () => {
  const spans = async (filter: Partial<Parameters<ConsoleQueries['gaps']>[0]>) =>
    (await queries.gaps({ limit: 100, ...filter })).rows.map(
      ({ station, from, to }) =>
        `${station} ${from.toISOString().slice(8, 13)} ${to === null ? 'open' : to.toISOString().slice(8, 13)}`,
    );

  test('come latest found first, without those that late data filled', async () => {
    expect(await spans({})).toEqual(['S1 03T00 03T00', 'S2 01T00 open', 'S1 01T04 01T10']);
  });

  test('of stations, and those that the gap detector marked as probably ours', async () => {
    expect(await spans({ stations: ['S1', 'S3'] })).toEqual(['S1 03T00 03T00', 'S1 01T04 01T10']);
    const mark = (isOurs: boolean) =>
      scene.database.execute(
        `UPDATE gaps SET is_probably_ours = $1 WHERE from_instant = '2026-01-01T04:00Z'`,
        [isOurs],
      );
    expect(await spans({ probablyOurs: true })).toEqual([]);
    await mark(true);
    expect(await spans({ probablyOurs: true })).toEqual(['S1 01T04 01T10']);
    expect(await spans({ probablyOurs: false })).toEqual(['S1 03T00 03T00', 'S2 01T00 open']);
    await mark(false);
  });

  test('have length and closing file', async () => {
    const {
      rows: [, open, closed],
    } = await queries.gaps({ limit: 100 });
    const {
      rows: [file],
    } = await queries.receptions({ limit: 1, name: 'TB_S1_1b.txt' });
    expect(closed).toEqual({
      gapId: expect.any(Number),
      station: 'S1',
      ...{ parameter: null, netHours: 6, takenOut: [] },
      kind: 'transmission',
      from: at('04:00:00'),
      to: at('10:00:00'),
      hours: 6,
      isProbablyOurs: false,
      level: '1h',
      jointId: null,
      openedAt: at('04:20:00'),
      closedAt: at('10:01:00'),
      closedBy: { fileId: file!.fileId, name: 'TB_S1_1b.txt' },
    });
    expect(open).toMatchObject({ to: null, closedAt: null, closedBy: null });
    const hoursSince = (Date.now() - open!.from.getTime()) / 3_600_000;
    expect(Math.abs(open!.hours - hoursSince)).toBeLessThan(0.1);
  });

  test.each([
    [{ open: true }, ['S2 01T00 open']],
    [{ open: false }, ['S1 03T00 03T00', 'S1 01T04 01T10']],
    [{ level: '15min' as const }, ['S1 03T00 03T00', 'S2 01T00 open', 'S1 01T04 01T10']],
    [{ level: '1h' as const }, ['S2 01T00 open', 'S1 01T04 01T10']],
    [{ level: '12h' as const }, ['S2 01T00 open']],
    [{ station: 'S1' }, ['S1 03T00 03T00', 'S1 01T04 01T10']],
    // What ends where the range begins is not in it; what is open reaches into every later one.
    [{ from: at('10:00:00'), to: at('23:00:00') }, ['S2 01T00 open']],
    [{ from: at('09:59:00'), to: at('10:00:00') }, ['S2 01T00 open', 'S1 01T04 01T10']],
    [{ to: at('04:00:00') }, ['S2 01T00 open']],
  ])('are filtered by %j', async (filter, expected) => {
    expect(await spans(filter)).toEqual(expected);
  });
});

test('deliveries are listed with their state', async () => {
  const { rows: found } = await queries.deliveries({ limit: 100 });
  expect(found.map(({ fileName, state }) => `${fileName} ${state}`)).toEqual([
    'out_TBxS1_2.txt due',
    'out_TB_S1_1.txt due',
  ]);
  const [newest] = found;
  const { rows: rest } = await queries.deliveries({ limit: 100, after: newest!.deliveryId });
  expect(rest).toEqual(found.slice(1));
});

describe('stations', () => {
  test('show what they last sent and whether they are silent', async () => {
    const activity = await queries.stationActivity(['S1', 'S2', 'never-sent']);
    expect(activity.get('S1')).toMatchObject({
      lastInstant: at('00:05:00'),
      lastReceivedAt: at('02:00:00'),
      openGap: null,
    });
    expect(activity.get('S2')?.openGap).toEqual({ from: at('00:05:00'), level: '12h' });
    expect(activity.get('never-sent')).toEqual({
      lastInstant: null,
      lastReceivedAt: null,
      openGap: null,
      lastDay: { stored: 0, duplicates: 0, quarantined: 0, readings: 0, corrections: 0 },
    });
  });

  test('count the last 24 hours only', async () => {
    const now = new Date().toISOString();
    const file = { station: 'S3', instant: now, receivedAt: now };
    const correction = { ...file, name: 'correction.txt', values: { pH: 6 } };
    await scene.record([file, file, correction].map((input) => scene.file(input)));
    const old = new Date(Date.now() - 25 * 3_600_000).toISOString();
    await scene.record([scene.file({ station: 'S3', instant: old, receivedAt: old })]);
    const activity = await queries.stationActivity(['S1', 'S3']);
    expect(activity.get('S3')?.lastDay).toEqual({
      ...{ stored: 2, duplicates: 1, quarantined: 0, readings: 1, corrections: 1 },
    });
    expect(activity.get('S1')?.lastDay.stored).toBe(0);
    const overview = await queries.overview(1);
    expect(overview.receptions).toEqual({ stored: 2, duplicates: 1, quarantined: 0 });
    expect(overview.latest).toHaveLength(1);
  });
});
