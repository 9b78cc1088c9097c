import { type Session, numberArray, textArray } from '../connection/session.ts';
import {
  type TouchedReading,
  columns,
  boundsOf,
  columnsOf,
  expectRows,
  groupByKey,
  insertReadings,
  insertRevisions,
  keysOf,
  replaceReadings,
  type ReadingRow,
  type ReadingOutcome,
} from '../readings/readings.ts';
import {
  changeHistory,
  emptyHistory,
  type KeyChange,
  type KeyHistory,
  formerKeys,
  givenAt,
  judged,
  readHistories,
  type KeyInHand,
} from './key-history.ts';
import { type FileBefore, type RecordableFile, updateReplayedFile } from './files.ts';
import { knowledgeOf, type Arrival } from './arrivals.ts';
import { quarantineOf, resolveQuarantine } from './quarantine.ts';

/** What became of readings that were kept. */
export interface KeptReadings {
  /** One per row. */
  readonly outcomes: readonly ReadingOutcome[];
  /** Where the current readings are not what they were: to be judged over time again. */
  readonly touched: readonly TouchedReading[];
  /** Where they stay and the file gives them still: only what is delivered of them may change. */
  readonly stillGiven: readonly TouchedReading[];
  /** Readings that were current and that their file gives no longer. */
  readonly withdrawn: number;
  /** Where no reading is left. */
  readonly removed: readonly TouchedReading[];
}

/** A file that was recorded before and is read again. */
export interface ReplayedFile {
  readonly fileNo: number;
  readonly before?: FileBefore | undefined;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly contentHash: string;
  readonly receptionId: string;
}

/**
 * Keeps what a recorded file gives, read again, in place of what it gave before: under another
 * parameter, for another station, at other times. What it gives no longer goes to the history as
 * withdrawn by this reception; what other files said of the same keys is current again.
 */
export async function keepReplayedReadings(
  tx: Session,
  { fileNo, before, contentHash, receptionId }: ReplayedFile,
  rows: readonly ReadingRow[],
): Promise<KeptReadings> {
  if (before === undefined) throw new Error(`file ${fileNo} was replayed without being known`);
  // The normaliser gives one reading per key; more would be refused by the table for ever.
  const given = groupByKey(rows).firsts.map(({ row, index }): KeyInHand => {
    const { stationId, parameterId, instant } = row;
    return { stationId, parameterId, instant, row, index };
  });
  const keys = [...given, ...(await formerKeys(tx, fileNo, before, given))];
  const histories = await readHistories(tx, keys);
  const file = { fileNo, receivedAt: before.receivedAt, contentHash };
  const changed = keys.map((key, i): ChangedKey => {
    const history = histories[i] ?? emptyHistory;
    const change = changeHistory(history, file, judged(key.row?.reading));
    return { ...key, history, change };
  });
  await write(tx, changed, receptionId);
  return summary(rows, changed);
}

interface ChangedKey extends KeyInHand {
  readonly history: KeyHistory;
  readonly change: KeyChange;
}

async function write(
  tx: Session,
  changed: readonly ChangedKey[],
  receptionId: string,
): Promise<void> {
  await withdrawPassed(tx, changed, receptionId);
  const moving = changed.filter(({ change }) => change.current.kind !== 'stays');
  await endCurrent(tx, moving, receptionId);
  await removeCurrent(tx, moving);
  await putGiven(tx, moving);
  await restore(tx, moving);
  await noteSources(
    tx,
    changed.filter(({ change }) => change.isStillGiven),
  );
  await putPassed(
    tx,
    changed.filter(({ change }) => change.isGivenPassed),
  );
}

async function withdrawPassed(
  tx: Session,
  changed: readonly ChangedKey[],
  receptionId: string,
): Promise<void> {
  const rows = changed.flatMap((key) => key.change.withdrawn.map((value) => ({ ...key, value })));
  if (rows.length === 0) return;
  const written = tx.execute(markWithdrawn, [
    ...keysOf(rows),
    rows.map(({ value }) => value.revision),
    rows.map(({ value }) => value.supersededAt),
    receptionId,
    ...boundsOf(rows),
  ]);
  await expectRows(written, rows.length);
}

/** The same value may come from another line of its file now, with another raw value and factor. */
async function noteSources(tx: Session, stillGiven: readonly ChangedKey[]): Promise<void> {
  if (stillGiven.length === 0) return;
  const readings = stillGiven.map((key) => rowOf(key).reading);
  await tx.execute(updateSources, [
    ...keysOf(stillGiven),
    stillGiven.map(standing),
    numberArray(readings.map(({ line }) => line)),
    textArray(readings.map(({ rawValue }) => rawValue)),
    textArray(readings.map(({ rawUnit }) => rawUnit)),
    numberArray(readings.map(({ factor }) => factor ?? null)),
    ...boundsOf(stillGiven),
  ]);
}

/** What does not stay goes to the history. */
async function endCurrent(
  tx: Session,
  moving: readonly ChangedKey[],
  receptionId: string,
): Promise<void> {
  const ended = moving.filter(({ history }) => history.current !== undefined);
  if (ended.length === 0) return;
  const copied = tx.execute(copyCurrent, [
    ...keysOf(ended),
    ended.map(standing),
    ended.map(({ change }) => (change.isCurrentWithdrawn ? receptionId : null)),
    ...boundsOf(ended),
  ]);
  await expectRows(copied, ended.length);
}

async function removeCurrent(tx: Session, moving: readonly ChangedKey[]): Promise<void> {
  const removed = moving.filter(({ change }) => change.current.kind === 'removed');
  if (removed.length === 0) return;
  await expectRows(
    tx.execute(deleteCurrent, [...keysOf(removed), removed.map(standing), ...boundsOf(removed)]),
    removed.length,
  );
}

async function putGiven(tx: Session, moving: readonly ChangedKey[]): Promise<void> {
  const given = moving.filter(({ change }) => change.current.kind === 'given');
  const added = given.filter(({ history }) => history.current === undefined).map(rowOf);
  // Nobody else may have brought them meanwhile: their transaction is tried again then.
  if (added.length > 0)
    await expectRows(tx.execute(insertReadings, columnsOf(added)), added.length);
  const replacing = given.filter(({ history }) => history.current !== undefined);
  if (replacing.length === 0) return;
  const replaced = tx.execute(replaceReadings, [
    ...columnsOf(replacing.map(rowOf)),
    replacing.map(standing),
    replacing.map((key) => standing(key) + 1),
    ...boundsOf(replacing),
  ]);
  await expectRows(replaced, replacing.length);
}

async function restore(tx: Session, moving: readonly ChangedKey[]): Promise<void> {
  const restored = moving.flatMap((key) =>
    key.change.current.kind === 'restored' ? [{ ...key, from: key.change.current.from }] : [],
  );
  if (restored.length === 0) return;
  const written = tx.execute(restoreCurrent, [
    ...keysOf(restored),
    restored.map(({ from }) => from.revision),
    restored.map(({ from }) => from.supersededAt),
    // A value that goes before it into the history takes a number of its own.
    restored.map((key) => standing(key) + (key.change.isGivenPassed ? 2 : 1)),
    ...boundsOf(restored),
  ]);
  await expectRows(written, restored.length);
}

/** Where the current value stays it gets the next revision, and the one before is for the passed one. */
async function putPassed(tx: Session, passed: readonly ChangedKey[]): Promise<void> {
  if (passed.length === 0) return;
  const rows = passed.map(rowOf);
  const stays = passed.filter(({ change }) => change.current.kind === 'stays');
  if (stays.length > 0) {
    const raised = tx.execute(raiseRevisions, [
      ...keysOf(stays),
      stays.map(standing),
      ...boundsOf(stays),
    ]);
    await expectRows(raised, stays.length);
  }
  const numbers = passed.map(
    (key) => standing(key) + (key.change.current.kind === 'stays' ? 0 : 1),
  );
  await tx.execute(insertRevisions, [...columnsOf(rows), numbers]);
}

function standing({ history }: ChangedKey): number {
  return history.current?.revision ?? 0;
}

function rowOf({ row }: KeyInHand): ReadingRow {
  if (row === undefined) throw new Error('a reading is to be kept that the file does not give');
  return row;
}

function summary(rows: readonly ReadingRow[], changed: readonly ChangedKey[]): KeptReadings {
  const outcomes = rows.map((): ReadingOutcome => 'repeat');
  for (const { index, change } of changed) {
    if (index !== undefined && (change.outcome === 'new' || change.outcome === 'correction'))
      outcomes[index] = change.outcome;
  }
  const moving = changed.filter(({ change }) => change.current.kind !== 'stays');
  return {
    outcomes,
    touched: moving,
    stillGiven: changed.filter(({ change }) => change.isStillGiven),
    withdrawn: changed.filter(({ change }) => change.outcome === 'withdrawn').length,
    removed: changed.filter(({ change }) => change.current.kind === 'removed'),
  };
}

const sameKey = (table: string) =>
  `(${table}.station_id, ${table}.parameter_id, ${table}.instant, ${table}.revision)
   = (given.station_id, given.parameter_id, given.instant, given.revision)`;

const markWithdrawn = `
  UPDATE reading_revisions past SET withdrawn_by = $6, withdrawn_at = now()
   FROM ${givenAt('$4::integer[], $5::timestamptz[]')}
        AS given (station_id, parameter_id, instant, revision, superseded_at)
   WHERE ${sameKey('past')} AND past.superseded_at = given.superseded_at
     AND past.instant BETWEEN $7 AND $8`;

const updateSources = `
  UPDATE readings SET line = given.line, raw_value = given.raw_value, raw_unit = given.raw_unit,
                       factor = given.factor
   FROM ${givenAt('$4::integer[], $5::integer[], $6::text[], $7::text[], $8::float8[]')}
        AS given (station_id, parameter_id, instant, revision, line, raw_value, raw_unit, factor)
   WHERE ${sameKey('readings')}
     AND (readings.line, readings.raw_value, readings.raw_unit, readings.factor)
         IS DISTINCT FROM (given.line, given.raw_value, given.raw_unit, given.factor)
     AND readings.instant BETWEEN $9 AND $10`;

const copyCurrent = `
  INSERT INTO reading_revisions (${columns}, revision, recorded_at, withdrawn_by, withdrawn_at)
   SELECT ${columns}, revision, recorded_at, withdrawn_by,
          CASE WHEN withdrawn_by IS NULL THEN NULL ELSE now() END
   FROM readings JOIN ${givenAt('$4::integer[], $5::text[]')}
        AS given (station_id, parameter_id, instant, revision, withdrawn_by)
        USING (station_id, parameter_id, instant, revision)
   WHERE readings.instant BETWEEN $6 AND $7
   FOR UPDATE OF readings`;

const deleteCurrent = `
  DELETE FROM readings USING ${givenAt('$4::integer[]')}
        AS given (station_id, parameter_id, instant, revision)
   WHERE ${sameKey('readings')} AND readings.instant BETWEEN $5 AND $6`;

const assigned = columns
  .split(',')
  .map((column) => column.trim())
  .filter((column) => !['station_id', 'parameter_id', 'instant'].includes(column));

// Whatever is current was copied to the history before.
const restoreCurrent = `
  INSERT INTO readings (${columns}, revision)
   SELECT ${columns}, given.next_revision
   FROM reading_revisions past JOIN ${givenAt('$4::integer[], $5::timestamptz[], $6::integer[]')}
        AS given (station_id, parameter_id, instant, revision, superseded_at, next_revision)
        USING (station_id, parameter_id, instant, revision, superseded_at)
   WHERE past.instant BETWEEN $7 AND $8
   ON CONFLICT (station_id, instant, parameter_id) DO UPDATE SET
     ${assigned.map((column) => `${column} = excluded.${column}`).join(', ')},
     revision = excluded.revision, recorded_at = now()`;

const raiseRevisions = `
  UPDATE readings SET revision = readings.revision + 1
   FROM ${givenAt('$4::integer[]')} AS given (station_id, parameter_id, instant, revision)
   WHERE ${sameKey('readings')} AND readings.instant BETWEEN $5 AND $6`;

/**
 * What is known of a file after it was read again, and the end of a request for it. A file that was understood
 * before and is not any more keeps what it brought, unless the request was for a reread: the ledger and
 * the request say why. `withdrawn`: readings of each arrival that it gives no longer.
 */
export async function endReplays(
  tx: Session,
  arrivals: readonly Arrival<RecordableFile>[],
  withdrawn: readonly number[],
): Promise<void> {
  for (const arrival of arrivals) {
    const { file, fileNo, stationId, role, before } = arrival;
    if (role !== 'again') continue;
    const counts = file.type === 'normalised-file.v2' || file.reception.replay?.reread === true;
    if (counts) await updateReplayedFile(tx, fileNo, knowledgeOf(file, stationId));
    if (counts || before?.state === 'quarantined')
      await resolveQuarantine(tx, file.reception.receptionId, fileNo, quarantineOf(arrival));
  }
  await endRequests(tx, arrivals, withdrawn);
}

/** Also where the file was not known any more, and the replay its first reception. */
async function endRequests(
  tx: Session,
  arrivals: readonly Arrival<RecordableFile>[],
  withdrawn: readonly number[],
): Promise<void> {
  const replays = arrivals
    .map((arrival, i) => ({ ...arrival, withdrawn: withdrawn[i] ?? 0 }))
    .filter(({ file }) => file.reception.replay !== undefined);
  if (replays.length === 0) return;
  await tx.execute(
    `UPDATE replays SET recorded_at = now(), outcome = ended.outcome, reason = ended.reason,
                        withdrawn = ended.withdrawn
     FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
          AS ended (reception_id, outcome, reason, withdrawn)
     WHERE replays.reception_id = ended.reception_id`,
    [
      replays.map(({ file }) => file.reception.receptionId),
      replays.map(outcomeOf),
      replays.map(({ file }) => (file.type === 'normalised-file.v2' ? null : file.reason)),
      replays.map((replay) => replay.withdrawn),
    ],
  );
}

function outcomeOf({ file, role }: Arrival<RecordableFile>): string {
  if (role === 'outdated') return 'outdated';
  return file.type === 'normalised-file.v2' ? 'stored' : 'quarantined';
}
