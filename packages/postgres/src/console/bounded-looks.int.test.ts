import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from '@envigate/contracts';
import type { Database } from '../connection/database.ts';
import { readBatch } from '../replays/batches.ts';
import { listUnknownSymbols } from '../replays/replay-store.ts';
import type { Session } from '../connection/session.ts';
import { listDeliveries } from '../deliveries/list-deliveries.ts';
import { listGaps } from '../gaps/list-gaps.ts';
import { listPendingStations, listRegistryChanges } from '../registry/registry-desk.ts';
import { countReasons, listQuarantine } from '../record/quarantine.ts';
import { listReadings } from '../readings/list-readings.ts';
import { listReceptions } from '../record/list-receptions.ts';
import { countingSession } from './testing/counting-session.ts';
import { RecordScene } from './testing/record-scene.ts';

// However a question is put, it reads a number of rows that has nothing to do with how many are
// stored, or how rare is what it looks for.
jest.setTimeout(600_000);

const stored = 60_000;
const limits = { maxLookedAt: 2_000 };
let scene: RecordScene;
let questions: Database;

beforeAll(async () => {
  scene = await RecordScene.create();
  questions = scene.database.withLimits({ readsByIndex: true });
  // What is looked for is old and rare; everything since is of another station and account.
  await scene.record(
    [scene.file({ station: 'RARE', account: 'rare', name: 'rare_1.txt', values: { rare: 1 } })],
    ['rare'],
  );
  await scene.quarantine({ name: 'rare_2.txt', account: 'rare', station: 'RARE' });
  await scene.record(
    [scene.file({ station: 'MANY', account: 'many', name: 'many_0.txt', values: { many: 1 } })],
    ['many'],
  );
  await fill();
});
afterAll(async () => {
  await questions.close();
  await scene.close();
});

const readingColumns = `station_id, parameter_id, instant, revision, value, unit, raw_value, raw_unit,
                        status, flag, reasons, file_no, line, recorded_at`;

async function fill(): Promise<void> {
  const many = `(SELECT station_id FROM station_keys WHERE station = 'MANY')`;
  const parameter = `(SELECT parameter_id FROM parameter_keys WHERE parameter = 'many')`;
  const numbers = `generate_series(1, ${stored}) n`;
  const minute = `'2026-02-01Z'::timestamptz + n * interval '1 minute'`;
  const file = `(SELECT file_no FROM files WHERE name = 'many_0.txt')`;
  const statements = [
    `INSERT INTO files (file_id, content_hash, account, name, content, state, station_id)
     SELECT sha256(('many' || n)::bytea), '\\x00', 'many', 'many_' || n, '\\x00', 'quarantined', ${many}
     FROM ${numbers}`,
    `CREATE TEMP TABLE added AS
     SELECT file_no, row_number() OVER (ORDER BY file_no) AS n FROM files WHERE name ~ '^many_[1-9]'`,
    `INSERT INTO receptions (reception_id, spool_id, spool_sequence, received_at, protocol, peer,
       account, folder, file_no, station_id, outcome, new_readings, corrections, repeats,
       rejected_lines, chain, chain_sequence, chain_hash)
     SELECT 'many' || n, 'many', n, ${minute}, 'ftp', 'p', 'many', '/', file_no, ${many}, 'stored',
            1, 0, 0, 1, 'many', n, '\\x00' FROM added`,
    // The same file again and again.
    `INSERT INTO receptions (reception_id, spool_id, spool_sequence, received_at, protocol, peer,
       account, folder, file_no, station_id, outcome, new_readings, corrections, repeats,
       rejected_lines, chain, chain_sequence, chain_hash)
     SELECT 'again' || n, 'again', n, ${minute}, 'ftp', 'p', 'many', '/', ${file}, ${many}, 'duplicate',
            0, 0, 0, 0, 'again', n, '\\x00' FROM ${numbers}`,
    `INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name,
                             payload, state, ended_at)
     SELECT 'many', ${many}, file_no, '2026-02-01Z', now(), 'n', '\\x00', 'sent', '2026-02-01Z' FROM added`,
    `INSERT INTO quarantine (reception_id, file_no, station_id, account, scope, reason, expected, text,
                             file_prefix, file_folder)
     SELECT 'many' || n, file_no, ${many}, 'many', 'file', 'unknown-station', '', '', 'PREFIX', '/'
     FROM added`,
    // A file with that many lines that nobody understands.
    `INSERT INTO quarantine (reception_id, file_no, station_id, account, scope, reason, expected, text)
     SELECT reception_id, file_no, ${many}, 'many', 'line', 'time-unreadable', 'a time', 'line ' || n
     FROM receptions, ${numbers} WHERE file_no = ${file} AND new_readings = 1`,
    `INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at)
     SELECT ${many}, 'transmission', '2000-01-01Z'::timestamptz + n * interval '1 hour',
            '2000-01-01Z'::timestamptz + n * interval '1 hour' + interval '20 minutes', '15min', now()
     FROM ${numbers}`,
    `INSERT INTO readings (${readingColumns})
     SELECT ${many}, ${parameter}, ${minute}, 1, 1, 'u', '1', 'u', '00', 2, '{unknown-symbol@1}', ${file}, 1, now()
     FROM ${numbers}`,
    `INSERT INTO reading_revisions (${readingColumns}) SELECT ${readingColumns} FROM readings`,
    `INSERT INTO reading_assessments (station_id, instant, parameter_id, revision, flag, reasons)
     SELECT station_id, instant, parameter_id, 7, 4, '{}' FROM readings WHERE station_id = ${many}`,
    `INSERT INTO registry_items (kind, code, version, valid_from, valid_to, actor, body)
     SELECT 'station', 'MANY', n, ${minute}, ${minute} + interval '1 minute', 'a', '{}' FROM ${numbers}`,
    `INSERT INTO registry_items (kind, code, version, valid_from, actor, body)
     VALUES ('station', 'RARE', 1, '2026-01-01Z', 'a', '{}')`,
    `INSERT INTO replay_batches (batch_id, actor, requested_at, selection, upto)
     VALUES ('batch', 'a', now(), '{}', 0)`,
    `INSERT INTO replays (reception_id, batch_id, file_no, spool_sequence, recorded_at, outcome)
     SELECT 'replay' || n, 'batch', file_no, n, now(), 'stored' FROM added`,
    'DROP TABLE added',
  ];
  await scene.database.transaction(async (tx) => {
    for (const statement of statements) await tx.execute(statement);
  });
  await scene.database.execute('VACUUM ANALYZE');
}

type Filter<L extends (session: Session, filter: never) => unknown> = Omit<
  Parameters<L>[1],
  'limit' | 'revisions'
>;
type Look = (session: Session) => Promise<Page<object, unknown>>;

const limit = 11;
const receptions =
  (filter: Filter<typeof listReceptions>): Look =>
  (session) =>
    listReceptions(session, { ...filter, limit }, limits);
const readings =
  (filter: Filter<typeof listReadings>, revisions = false): Look =>
  (session) =>
    listReadings(session, { ...filter, limit, revisions }, limits);
const quarantine =
  (filter: Filter<typeof listQuarantine>): Look =>
  (session) =>
    listQuarantine(session, { ...filter, limit }, limits);
const deliveries =
  (filter: Filter<typeof listDeliveries>): Look =>
  (session) =>
    listDeliveries(session, { ...filter, limit }, limits);
const gaps =
  (filter: Filter<typeof listGaps>): Look =>
  (session) =>
    listGaps(session, { ...filter, limit }, limits);
const changes =
  (filter: Filter<typeof listRegistryChanges>): Look =>
  (session) =>
    listRegistryChanges(session, { ...filter, limit }, limits);

const old = new Date('2026-01-31Z');
const future = new Date('2200-01-01Z');
/** Rows of the first page, and whether another follows. */
const looks: readonly (readonly [string, Look, number, boolean])[] = [
  ['station and outcome', receptions({ station: 'RARE', outcome: 'stored' }), 1, false],
  ['account and outcome', receptions({ account: 'rare', outcome: 'quarantined' }), 1, false],
  ['station and account', receptions({ station: 'RARE', account: 'rare' }), 2, false],
  ['station and name', receptions({ station: 'RARE', name: 'rare_1.txt' }), 1, false],
  ['station and a name of many', receptions({ station: 'RARE', name: 'many_*' }), 0, false],
  ['an outcome that is rare', receptions({ outcome: 'quarantined' }), 1, false],
  ['outcome and time', receptions({ outcome: 'duplicate', to: old }), 0, false],
  ['a rare name', receptions({ name: 'rare_*' }), 2, false],
  ['a name that many have', receptions({ name: 'many_*' }), limit, true],
  ['a name that came again and again', receptions({ name: 'many_0.txt' }), limit, true],
  [
    'such a name, and an outcome that it rarely had',
    receptions({ name: 'many_0.txt', outcome: 'stored' }),
    0,
    true,
  ],
  ['outcome among names of many', receptions({ name: 'many_*', outcome: 'quarantined' }), 0, false],
  ['account among names of many', receptions({ name: 'many_*', account: 'rare' }), 0, false],
  ['what was stored, with a name of none', receptions({ name: '*', account: 'none' }), 0, false],
  ['an old time', receptions({ to: old }), 3, false],
  ['a station, by flag', readings({ station: 'MANY', flag: 9 }), 0, true],
  ['a station, by parameter', readings({ station: 'MANY', parameter: 'rare' }), 0, true],
  ['a parameter that there is not', readings({ station: 'MANY', parameter: 'none' }), 0, false],
  ['a station, with replaced values', readings({ station: 'MANY', flag: 9 }, true), 0, true],
  ['readings of all, with replaced values', readings({}, true), limit, true],
  ['readings of all, by parameter', readings({ parameter: 'rare', from: old }), 0, true],
  ['readings of all, of flag 1', readings({ flag: 1, from: old }), 0, true],
  ['a flag that is rare', readings({ flag: 9 }, true), 0, false],
  ['a flag and a parameter', readings({ flag: 2, parameter: 'rare' }, true), 0, true],
  ['a flag that rules give', readings({ flag: 4 }, true), 0, true],
  ['a flag, in a time to come', readings({ flag: 4, from: future }, true), 0, false],
  ['a target that got nothing for long', deliveries({ target: 'rare' }), 1, false],
  ['an unknown target', deliveries({ target: 'none' }), 0, false],
  ['deliveries due', deliveries({ state: 'due' }), 2, false],
  ['deliveries refused', deliveries({ state: 'refused' }), 0, false],
  ['a target, by state', deliveries({ target: 'rare', state: 'sent' }), 0, false],
  ['a target', deliveries({ target: 'many' }), limit, true],
  ['deliveries of a station', deliveries({ station: 'MANY' }), limit, true],
  ['a station, by state', deliveries({ station: 'MANY', state: 'refused' }), 0, false],
  ['a station, with old data', deliveries({ station: 'MANY', to: old }), 0, true],
  ['a station, by target', deliveries({ station: 'RARE', target: 'many' }), 0, false],
  ['deliveries with old data', deliveries({ to: old }), 0, true],
  ['deliveries with data to come', deliveries({ from: future }), 0, false],
  ['a state, with old data', deliveries({ state: 'sent', to: old }), 0, true],
  ['a text that nothing has', quarantine({ text: 'nothere' }), 0, true],
  ['a text of signs of patterns', quarantine({ text: '_%'.repeat(50) }), 0, true],
  ['a text, of an account', quarantine({ text: 'nothere', account: 'many' }), 0, true],
  ['a scope', quarantine({ scope: 'file' }), 0, true],
  ['what is resolved', quarantine({ state: 'resolved' }), 0, true],
  ['what is open of a station', quarantine({ state: 'open', station: 'RARE' }), 1, false],
  ['resolved, of an account', quarantine({ state: 'resolved', account: 'many' }), 0, true],
  ['reason and account', quarantine({ reason: 'time-unreadable', account: 'rare' }), 0, false],
  ['station and account', quarantine({ station: 'MANY', account: 'rare' }), 0, true],
  ['quarantine of an old time', quarantine({ to: old }), 0, false],
  ['quarantine of a time to come', quarantine({ from: future, text: 'x' }), 0, false],
  ['gaps of a level', gaps({ level: '12h' }), 0, true],
  ['gaps that are open', gaps({ open: true }), 0, false],
  ['gaps of a time to come', gaps({ from: future }), 0, true],
  ['gaps of a station', gaps({ station: 'RARE' }), 0, false],
  ['gaps of a station, by level', gaps({ station: 'MANY', level: '1h' }), 0, true],
  ['changes of an item that is rare', changes({ code: 'RARE' }), 0, true],
  ['changes of a kind', changes({ kind: 'account' }), 0, true],
  ['changes of an old time', changes({ to: old }), 1, false],
];

/** The most rows that one statement may read of a table. */
async function expectBounded<T>(maxRows: number, ask: (session: Session) => Promise<T>) {
  const counting = countingSession(questions);
  const answer = await ask(counting.session);
  const beyond = [...counting.rows].filter(([, rows]) => rows > maxRows);
  expect({ beyond, of: [...counting.rows] }).toEqual({ beyond: [], of: [...counting.rows] });
  return answer;
}

describe('a list reads no more than a page may look at', () => {
  test.each(looks)('%s', async (_what, look, rows, hasNext) => {
    // What is looked at, and by it its file or the rows of a name.
    const page = await expectBounded(2 * limits.maxLookedAt + 300 * limit, look);
    expect({ rows: page.rows.length, hasNext: page.next !== undefined }).toEqual({ rows, hasNext });
  });
});

describe('what is counted is counted up to a number', () => {
  const maxRows = 2_000;

  test.each([{}, { text: 'nothere' }, { account: 'many' }, { state: 'open' as const }])(
    'reasons of %j',
    async (filter) => {
      const { isComplete } = await expectBounded(2 * maxRows, (session) =>
        countReasons(session, filter, maxRows),
      );
      expect(isComplete).toBe(false);
    },
  );

  test('reasons of few rows, which are complete', async () => {
    expect(await countReasons(scene.database, { account: 'rare' }, 1)).toEqual({
      items: [{ reason: 'unknown-station', files: 1, rows: 1 }],
      isComplete: true,
    });
  });

  test('replays of a batch', async () => {
    const batch = await expectBounded(maxRows + 1, (session) =>
      readBatch(session, 'batch', maxRows),
    );
    expect(batch).toMatchObject({ isComplete: false, requested: maxRows + 1, underWay: 0 });
    const [row] = await scene.database.query<{ file_no: number }>(
      `UPDATE replays SET recorded_at = NULL, outcome = NULL WHERE reception_id = 'replay9999'
       RETURNING file_no`,
    );
    expect(row).toBeDefined();
    expect(await readBatch(scene.database, 'batch', maxRows)).toMatchObject({ underWay: 1 });
  });

  test('readings under an unknown symbol', async () => {
    const symbols = await expectBounded(maxRows + 10, (session) =>
      listUnknownSymbols(session, maxRows),
    );
    expect(symbols).toMatchObject([
      { symbol: 'many', readings: maxRows, from: new Date('2026-02-01T00:01:00Z') },
    ]);
  });

  test('files of stations that are pending, per account', async () => {
    const maxFiles = 500;
    const pending = await expectBounded(3 * maxFiles, (session) =>
      listPendingStations(session, undefined, maxFiles),
    );
    expect(pending.map(({ account, files }) => [account, files])).toEqual([['many', maxFiles]]);
  });
});

test('a file that is sent again and again, with more bad lines than anybody reads', async () => {
  const [file] = await scene.database.query<{ id: string }>(
    `SELECT encode(file_id, 'hex') AS id FROM files WHERE name = 'many_0.txt'`,
  );
  await expectBounded(2_500, (session) => listReceptions(session, { fileId: file!.id, limit }));
  await expectBounded(limit + 1, (session) => listQuarantine(session, { fileId: file!.id, limit }));
});
