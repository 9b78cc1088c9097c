import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import {
  emptyRecord,
  isRefused,
  RegistryView,
  type InterruptionReport,
  type ReportDesk,
  type TransmissionReport,
} from '@envigate/domain';
import {
  gapStore,
  heardReports,
  importRegistry,
  plannedStopDesk,
  readNotTheStations,
  reportDesk,
} from '@envigate/postgres';
import { at, fileOf, GapScene, start } from './testing/gap-scene.ts';

// The figures of the reports are those of another count of the same record: gaps as the detector judges them, with a
// planned stop, an outage of the receiver and late data.

const registry: Registry = {
  facilities: [
    { code: 'F1', name: 'Nhà máy', provinceCode: 'QNi' },
    { code: 'F2', name: 'Nhà máy khác', provinceCode: 'HN' },
  ],
  parameters: ['COD', 'TN'].map((code) => ({
    ...{ code, symbol: code, unit: 'mg/L', name: code, nameEn: code },
  })),
  targets: [],
  stations: [
    {
      ...{ code: 'S1', facility: 'F1', name: 'Trạm 1', kind: 'waste-water' },
      parameters: [{ parameter: 'COD' }, { parameter: 'TN', cycleMinutes: 60 }],
    },
    { code: 'S2', facility: 'F1', name: 'Trạm 2', kind: 'waste-water' },
    { code: 'S3', facility: 'F2', name: 'Trạm 3', kind: 'stack-gas' },
  ],
  accounts: [{ code: 'A1', stations: ['S1', 'S2'] }],
};
const view = new RegistryView(registry);
const date = (minutes: number): Date => new Date(at(minutes));

// The scene begins at 07:00 of Vietnam; the period is its second day there, 02/01/2026.
const period = { from: date(17 * 60), to: date(41 * 60) };
const now = 45 * 60;
/** No data strictly between these minutes. The first reaches into the period, and the fourth came late. */
const silences = [
  ...[
    [900, 1140],
    [1295, 1560],
    [1695, 1800],
  ],
  [1900, 2000],
] as const;
const stop = { from: date(1300), to: date(1500) };
const outage = { from: 1700, to: 1760 };

const isSilent = (minute: number, among: readonly (readonly number[])[]): boolean =>
  among.some(([from = 0, to = 0]) => minute > from && minute < to);
const all = Array.from({ length: now / 5 + 1 }, (_, i) => i * 5);

let scene: GapScene;
let desk: ReportDesk;
beforeAll(async () => {
  scene = await GapScene.create();
  const { database } = scene;
  scene.registry = registry;
  const store = gapStore(database, readNotTheStations({ current: () => view }));
  Object.assign(scene.parts, { store });
  scene.now = now;
  await importRegistry(database, registry, { actor: 'officer' });
  const doors = [
    { door: 'ftp' as const, since: +date(0), heardUntil: +date(now), outage: undefined },
  ];
  const known = {
    ...{ door: 'ftp' as const, from: +date(outage.from), to: +date(outage.to), detail: '' },
    ...{ cause: 'not-running' as const, evidence: 'restart' as const, isPlanned: false },
  };
  await heardReports(database).report({
    ...{ receiver: 'r1', host: 'gw', record: { ...emptyRecord, doors, unreported: [known] } },
    uses: [{ account: 'A1', protocol: 'ftp', lastUsedAt: +date(now) }],
  });
  const stops = plannedStopDesk(database, () => date(now));
  const reason = { reason: 'repair', words: '=thay béc phun', parameters: undefined } as const;
  const expectedRestart = date(1550);
  const scope = { kind: 'station', code: 'S1' } as const;
  await stops.enter({ scope, ...stop, expectedRestart, ...reason }, 'Lan');
  const untilTomorrow = { from: date(now - 60), to: date(now + 1440) };
  await stops.enter(
    {
      ...{ scope: { kind: 'station', code: 'S2' }, expectedRestart: date(now + 600) },
      ...{ ...untilTomorrow, ...reason },
    },
    'Lan',
  );

  const values = { COD: true, TN: false };
  const onTime = all.filter((minute) => !isSilent(minute, silences));
  const late = all.filter((minute) => isSilent(minute, silences.slice(3)));
  // TN is valid in the first hour, and never again.
  await scene.hear(fileOf([0, 5, 10], { values: { COD: true, TN: true } }));
  for (const minutes of [onTime, late]) await scene.hear(fileOf(minutes, { values }));
  await scene.hear(fileOf([0, 5], { station: 'S2', values }));
  await record('S1', onTime, 2);
  await record('S1', late, 300);
  await record('S2', [0, 5], 2);
  desk = reportDesk(database, {
    ...{ clock: () => date(now), graceMinutes: 15 },
    policy: { leastShare: 0.85, lostAfterHours: 12 },
  });
});
afterAll(() => scene?.close());

/** What the recorder keeps of these minutes, so many minutes after each; TN once an hour, never valid. */
async function record(station: string, minutes: readonly number[], after: number): Promise<void> {
  await scene.database.execute(
    `INSERT INTO parameter_keys (parameter) VALUES ('COD'), ('TN') ON CONFLICT DO NOTHING`,
  );
  await scene.database.execute(
    `INSERT INTO readings (station_id, parameter_id, instant, unit, raw_value, raw_unit, status, flag, reasons,
                           file_no, line, revision, recorded_at)
     SELECT station_id, parameter_id, instant, '', '', '', '00', CASE parameter WHEN 'COD' THEN 1 ELSE 4 END, '{}',
            1, 1, 1, instant + $3 * interval '1 minute'
     FROM station_keys, parameter_keys, unnest($2::timestamptz[]) instant
     WHERE station = $1 AND (parameter = 'COD' OR extract(minute FROM instant) = 0)`,
    [station, minutes.map(at), after],
  );
}

/** Another count: a calendar of all moments beside what is there. Without the stop, as no gap begins in its minutes. */
async function counted(parameter: 'COD' | 'TN', everyMinutes: number) {
  const [row] = await scene.database.query<Record<'expected' | 'received' | 'late', number>>(
    `SELECT count(*) AS expected, count(r.instant) AS received,
            count(*) FILTER (WHERE r.recorded_at - r.instant > $5 * interval '1 minute') AS late
     FROM generate_series($1::timestamptz, $2::timestamptz - interval '1 second', $4 * interval '1 minute') moment
     LEFT JOIN (SELECT r.* FROM readings r JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
                WHERE station = 'S1' AND parameter = $3) r ON r.instant = moment
     WHERE NOT EXISTS (SELECT FROM planned_stops p WHERE p.code = 'S1' AND moment >= p.from_instant AND moment < p.to_instant)`,
    [period.from, period.to, parameter, everyMinutes, everyMinutes + 15],
  );
  return row!;
}

const province = { kind: 'province', code: 'QNi' } as const;

async function interruptions(more: object = {}): Promise<InterruptionReport> {
  const question = { scope: province, ...period, level: '15min', withParameters: false } as const;
  const report = await desk.interruptions({ ...question, ...more });
  if (isRefused(report)) throw new Error(report.text.en);
  return report;
}

test('the transmission of a day is what a calendar beside the readings counts', async () => {
  const report = (await desk.transmission({ scope: province, ...period })) as TransmissionReport;
  const [cod, tn] = [await counted('COD', 5), await counted('TN', 60)];
  // 288 moments less 40 of the stop; 24 + 13 + 20 more did not come, and 19 came late.
  expect(cod).toEqual({ expected: 248, received: 248 - 24 - 12 - 20, late: 19 });
  const [s1, s2] = report.stations;
  expect(s1).toMatchObject({ ...cod, missing: 56, condition: { state: 'running' } });
  expect(report.parameters).toMatchObject([
    { parameter: 'COD', ...cod, valid: cod.received },
    { parameter: 'TN', ...tn, valid: 0 },
  ]);
  expect(s2).toMatchObject({
    ...{ expected: 288, received: 0, missing: 288 },
    condition: { state: 'stopped', expectedRestart: date(now + 600), since: date(now - 60) },
  });
  expect(report.total).toMatchObject({ stations: 2, expected: 248 + 288 });
});

test('the hours of a gap are what is left of it in the period', async () => {
  const { rows, totals } = await interruptions();
  const shown = rows
    .filter(({ station }) => station.code === 'S1')
    .map((row) => ({
      from: (row.from.getTime() - start) / 60_000,
      ...{ gross: row.grossHours * 60, net: row.netHours * 60 },
      ...{ inPeriod: row.periodNetHours * 60, expected: row.expected, missing: row.missing },
      isOurs: row.isProbablyOurs,
    }));
  expect(shown).toEqual([
    { from: 900, gross: 240, net: 240, inPeriod: 120, expected: 24, missing: 24, isOurs: false },
    { from: 1295, gross: 265, net: 65, inPeriod: 65, expected: 12, missing: 12, isOurs: false },
    { from: 1695, gross: 105, net: 45, inPeriod: 45, expected: 20, missing: 20, isOurs: true },
  ]);
  // Of the record itself: what the detector kept as net is what the report computes anew.
  const kept = await scene.database.query<{ minutes: number }>(
    `SELECT (extract(epoch FROM coalesce(to_instant, $1) - from_instant)::float8 - out_ms / 1000.0) / 60 AS minutes
     FROM gaps WHERE removed_at IS NULL AND level IS NOT NULL AND kind = 'transmission' AND parameter IS NULL
     ORDER BY gap_id`,
    [date(now)],
  );
  expect(shown.map(({ net }) => net)).toEqual(kept.slice(0, 3).map(({ minutes }) => minutes));
  expect(totals).toMatchObject([{ missing: rows.reduce((sum, { missing }) => sum + missing, 0) }]);
  // Late data filled the fourth; its time is in no row.
  expect(shown.some(({ from }) => from === 1900)).toBe(false);
});

test('of parameters what explains them does not count twice', async () => {
  const { rows } = await interruptions({ withParameters: true });
  const tn = rows.filter(({ kind, parameter }) => kind === 'no-valid-data' && parameter === 'TN');
  expect(tn.length).toBeGreaterThan(0);
  for (const { netHours, grossHours } of tn) expect(netHours).toBeLessThan(grossHours);
  // Data came, and none was valid: expected less what came is missing.
  for (const { expected, missing } of tn) expect(missing).toBeLessThan(expected);
});

test('what is missing is listed by series, late data apart', async () => {
  const series = await desk.missing({ station: 'S1', parameter: undefined, ...period });
  if (isRefused(series)) throw new Error(series.text.en);
  expect(series.map(({ parameter }) => parameter)).toEqual([undefined, 'COD', 'TN']);
  const [station] = series;
  expect(station).toMatchObject(await counted('COD', 5));
  expect(station?.ranges.map(({ first, count }) => [(first - start) / 60_000, count])).toEqual([
    ...[
      [1020, 24],
      [1500, 12],
      [1700, 20],
    ],
  ]);
});

test('stations that never sent, were lost or stopped', async () => {
  const conditions = await desk.stationConditions(undefined);
  if (isRefused(conditions)) throw new Error(conditions.text.en);
  expect(conditions.map(({ station, state }) => [station.code, state])).toEqual([
    ...[
      ['S1', 'running'],
      ['S2', 'stopped'],
      ['S3', 'never-sent'],
    ],
  ]);
});

test('what is too much, or unknown, is refused with what to do', async () => {
  const year = { from: date(0), to: date(367 * 1440) };
  expect(await desk.transmission({ scope: undefined, ...year })).toMatchObject({
    ...{ kind: 'too-large', text: { en: expect.stringContaining('366 at most') } },
  });
  const unknown = { kind: 'facility', code: 'F9' } as const;
  expect(await desk.transmission({ scope: unknown, ...period })).toMatchObject({ kind: 'unknown' });
  await scene.database.execute(
    `INSERT INTO gaps (station_id, kind, from_instant, to_instant, opened_at)
     SELECT station_id, 'transmission', $1::timestamptz + n * interval '1 second',
            $1::timestamptz + (n + 1) * interval '1 second', now()
     FROM station_keys, generate_series(1, 20000) n WHERE station = 'S2'`,
    [period.from],
  );
  const question = { scope: province, ...period, level: '15min', withParameters: false } as const;
  expect(await desk.interruptions(question)).toMatchObject({
    ...{ kind: 'too-large', text: { en: expect.stringContaining('20000 at most') } },
  });
  await scene.database.execute('DELETE FROM gaps WHERE level IS NULL');
});
