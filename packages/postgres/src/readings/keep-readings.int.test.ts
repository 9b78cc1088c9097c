import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Reading } from '@envigate/contracts';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import type { Database } from '../connection/database.ts';
import { keepReadings } from './keep-readings.ts';
import type { ReadingRow } from './readings.ts';

let fixture: TestDatabase;
let database: Database;
let stationId: number;
let parameterIds: readonly number[];

beforeEach(async () => {
  files = 0;
  fixture = await testDatabase();
  ({ database } = fixture);
  const stations = await database.query<{ id: number }>(
    `INSERT INTO station_keys (station) VALUES ('S1') RETURNING station_id AS id`,
  );
  const parameters = await database.query<{ id: number }>(
    `INSERT INTO parameter_keys (parameter) VALUES ('COD'), ('TSS') RETURNING parameter_id AS id`,
  );
  stationId = stations[0]!.id;
  parameterIds = parameters.map(({ id }) => id);
});
afterEach(() => fixture.drop());

let files = 0;

/** Of the first parameter, unless `parameter` says otherwise, and of a file of its own. */
function rowOf(minute: number, more: Partial<Reading> = {}, parameter = 0): ReadingRow {
  const instant = new Date(Date.UTC(2026, 10, 3) + minute * 60_000).toISOString();
  return {
    ...{ stationId, parameterId: parameterIds[parameter]!, instant },
    ...{ fileNo: (files += 1), contentHash: 'hash' },
    reading: {
      ...{ parameter: 'COD', instant, value: 1.5, unit: 'mg/L', rawValue: '1.50', rawUnit: 'mg/l' },
      ...{ status: '00', flag: 1, reasons: [], line: 3 },
      ...more,
    },
  };
}

/** So many that the batch counts as large; of days that `stored` leaves out. */
const others = (): ReadingRow[] => Array.from({ length: 500 }, () => rowOf(2_000 + files));

const keep = async (...rows: ReadingRow[]) => {
  const outcomes = await database.transaction((tx) => keepReadings(tx, [...rows, ...others()]));
  expect(new Set(outcomes.slice(rows.length))).toEqual(new Set(['new']));
  return outcomes.slice(0, rows.length);
};

const stored = () =>
  database.query(
    `SELECT parameter_id, extract(minute FROM instant)::int AS minute, value, raw_value, raw_unit, status,
            flag, reasons, censored, censored_limit, factor, file_no, line, revision
     FROM readings WHERE instant < '2026-11-04' ORDER BY instant, parameter_id`,
  );

test('ordinary readings and others of one batch have all their columns', async () => {
  const marked: Partial<Reading> = {
    ...{ value: null, flag: 3, reasons: ['sentinel', 'a "quoted", one'] },
    ...{ censored: { relation: '<', limit: 0.5 }, factor: 1000 },
  };
  const outcomes = await keep(rowOf(1), rowOf(1, marked, 1), rowOf(2, { factor: 10 }));
  expect(outcomes).toEqual(['new', 'new', 'new']);
  const plain = { value: 1.5, flag: 1, reasons: [], censored: null, censored_limit: null };
  const [first, second] = parameterIds;
  const common = { raw_value: '1.50', raw_unit: 'mg/l', status: '00', line: 3, revision: 1 };
  expect(await stored()).toEqual([
    { ...common, ...plain, parameter_id: first, minute: 1, file_no: 1, factor: null },
    {
      ...{ ...common, parameter_id: second, minute: 1, file_no: 2, value: null, flag: 3 },
      ...{ reasons: marked.reasons, censored: '<', censored_limit: 0.5, factor: 1000 },
    },
    { ...common, ...plain, parameter_id: first, minute: 2, file_no: 3, factor: 10 },
  ]);
});

test('of a moment that is known in part, the known are resolved and the others inserted', async () => {
  await keep(rowOf(1));
  const outcomes = await keep(rowOf(1), rowOf(1, {}, 1), rowOf(2), rowOf(2, { value: 9 }));
  expect(outcomes).toEqual(['repeat', 'new', 'new', 'correction']);
  expect(await stored()).toMatchObject([
    { minute: 1, parameter_id: parameterIds[0], revision: 1 },
    { minute: 1, parameter_id: parameterIds[1], revision: 1 },
    { minute: 2, value: 9, revision: 2 },
  ]);
});

test('a reading that another transaction brings meanwhile makes the batch be tried again', async () => {
  let commit: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (commit = resolve));
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const other = database.transaction(async (tx) => {
    await keepReadings(tx, [rowOf(1)]);
    begin();
    await held;
  });
  await begun;
  const batch = [rowOf(1, { value: 9 }), rowOf(2)];
  const failure = expect(keep(...batch)).rejects.toMatchObject({ code: '40001', retryable: true });
  await eventually(async () => {
    const waiting = await database.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(waiting).toHaveLength(1);
  });
  commit();
  await other;
  await failure;
  expect(await keep(...batch)).toEqual(['correction', 'new']);
});
