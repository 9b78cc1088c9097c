import { type Session, numberArray } from '../connection/session.ts';
import {
  applyCorrections,
  boundsOf,
  columnsOf,
  groupByKey,
  insertNewReadings,
  insertReadings,
  keysOf,
  valueOf,
  type Corrected,
  type Place,
  type ReadingRow,
  type ValueColumns,
  isSame,
  resolveReadings,
  type BroughtValue,
  type ReadingOutcome,
  type ReadingValue,
} from './readings.ts';

/**
 * Keeps readings of files that are new in this transaction, in the order of their arrival. Where a station
 * has no reading of an instant yet, as nearly always, a large batch inserts all of that instant without a look
 * at their keys; only known ones and those that come twice are looked at singly. Statements have at most 5,000
 * rows each. Returns one outcome per row.
 */
export async function keepReadings(
  tx: Session,
  rows: readonly ReadingRow[],
): Promise<readonly ReadingOutcome[]> {
  const outcomes = rows.map((): ReadingOutcome => 'new');
  if (rows.length === 0) return outcomes;
  const { firsts, later } = groupByKey(rows);
  const { fresh, doubtful } = await separateFresh(tx, firsts);
  for (const part of inParts(fresh)) await insertNewReadings(tx, part);
  let inserted = 0;
  for (const part of inParts(doubtful))
    inserted += await tx.execute(insertReadings, columnsOf(part));
  if (inserted === doubtful.length && later.size === 0) return outcomes;

  const known =
    inserted === doubtful.length
      ? new Map<ReadingRow, StoredValue>()
      : await findStored(tx, doubtful);
  const contested = firsts.flatMap((first) => contestOf(first, known, later));
  const brought = await findBrought(tx, contested.flatMap(doubtfulOf));
  const corrected: Corrected[] = [];
  for (const { current, candidates, inserted: own } of contested) {
    const resolved = resolveReadings(
      current,
      candidates.map(({ row }) => ({ ...broughtBy(row), row })),
      [...own, ...candidates.flatMap(({ row }) => brought.get(row) ?? [])],
    );
    candidates.forEach(({ index }, i) => {
      outcomes[index] = resolved.outcomes[i] ?? 'repeat';
    });
    if (resolved.accepted.length > 0)
      corrected.push({
        revision: current.revision,
        accepted: resolved.accepted.map(({ row }) => row),
      });
  }
  await applyCorrections(tx, corrected);
  return outcomes;
}

/**
 * Of rows in one statement. The arrays of a statement, their text and its bytes take about a kilobyte a row
 * together; a file of 1 MiB has 30,000 rows.
 */
export const maxInsertedRows = 5_000;

/** For fewer rows the look takes longer than it saves, and who waits for a few files waits for it. */
const leastRowsForALook = 500;

function* inParts(rows: readonly ReadingRow[]): Iterable<readonly ReadingRow[]> {
  for (let at = 0; at < rows.length; at += maxInsertedRows)
    yield rows.slice(at, at + maxInsertedRows);
}

/** `fresh`: of stations that have no reading yet at the row's instant. */
async function separateFresh(
  tx: Session,
  firsts: readonly Place[],
): Promise<Record<'fresh' | 'doubtful', readonly ReadingRow[]>> {
  const rows = firsts.map(({ row }) => row);
  if (rows.length < leastRowsForALook) return { fresh: [], doubtful: rows };
  // The rows of a file are nearly always of one moment. A moment that comes twice is only looked up twice.
  const moments = rows.filter((row, i) => !isSameMoment(row, rows[i - 1]));
  const taken = new Set<ReadingRow>();
  for (const part of inParts(moments)) {
    const [stations, , instants] = keysOf(part);
    const found = await tx.query<{ place: number }>(selectTaken, [
      ...[stations, instants],
      ...boundsOf(part),
    ]);
    for (const { place } of found) taken.add(rowAt(part, place));
  }
  if (taken.size === 0) return { fresh: rows, doubtful: [] };
  const [fresh, doubtful]: [ReadingRow[], ReadingRow[]] = [[], []];
  let isTaken = false;
  for (const [i, row] of rows.entries()) {
    if (!isSameMoment(row, rows[i - 1])) isTaken = taken.has(row);
    (isTaken ? doubtful : fresh).push(row);
  }
  return { fresh, doubtful };
}

function isSameMoment(row: ReadingRow, before: ReadingRow | undefined): boolean {
  return row.stationId === before?.stationId && row.instant === before.instant;
}

function rowAt(rows: readonly ReadingRow[], place: number): ReadingRow {
  const row = rows[place - 1];
  if (row === undefined) throw new Error(`no reading at place ${place}`);
  return row;
}

// Laterals, so that moments are looked up one by one, however small the table was when it was planned.
const selectTaken = `
  SELECT given.place
  FROM unnest($1::integer[], $2::timestamptz[])
       WITH ORDINALITY AS given (station_id, instant, place)
  CROSS JOIN LATERAL (
    SELECT FROM readings r
    WHERE r.station_id = given.station_id AND r.instant = given.instant
      AND r.instant BETWEEN $3 AND $4 LIMIT 1) taken`;

/** A key that more than one row is for, with that of the table. */
interface Contest {
  readonly current: ReadingValue & { readonly revision: number };
  /** The rows that came after the current one. */
  readonly candidates: readonly Place[];
  /** The current value, where these rows brought it. */
  readonly inserted: readonly BroughtValue[];
}

function contestOf(
  first: Place,
  known: ReadonlyMap<ReadingRow, StoredValue>,
  later: ReadonlyMap<number, readonly Place[]>,
): readonly Contest[] {
  const stored = known.get(first.row);
  const again = later.get(first.index) ?? [];
  if (stored !== undefined)
    return [{ current: stored, candidates: [first, ...again], inserted: [] }];
  if (again.length === 0) return [];
  const value = broughtBy(first.row);
  return [{ current: { ...value, revision: 1 }, candidates: again, inserted: [value] }];
}

/** Rows that only the history of their key can tell from corrections: most files repeat what they repeat. */
function doubtfulOf({ current, candidates, inserted }: Contest): readonly ReadingRow[] {
  if (inserted.length > 0 || candidates.every(({ row }) => isSame(current, row.reading))) return [];
  return candidates.map(({ row }) => row);
}

function broughtBy({ reading, contentHash }: ReadingRow): BroughtValue {
  const { value, censored, unit, status } = reading;
  return { value, censored, unit, status, contentHash };
}

/** A reading as it is current. */
interface StoredValue extends ReadingValue {
  readonly revision: number;
}

/** Of the rows whose key has a reading of another file: the reading. */
export async function findStored(
  tx: Session,
  rows: readonly ReadingRow[],
): Promise<ReadonlyMap<ReadingRow, StoredValue>> {
  if (rows.length === 0) return new Map();
  const found = await tx.query<ValueColumns<StoredValue> & { place: number }>(selectStored, [
    ...keysOf(rows),
    numberArray(rows.map(({ fileNo }) => fileNo)),
    ...boundsOf(rows),
  ]);
  return new Map(
    found.map(({ place, ...stored }): [ReadingRow, StoredValue] => {
      return [rowAt(rows, place), valueOf(stored)];
    }),
  );
}

const selectStored = `
  SELECT given.place, known.value, known.unit, known.status, known.revision,
          known.censored AS relation, known.censored_limit AS "limit"
   FROM unnest($1::integer[], $2::integer[], $3::timestamptz[], $4::bigint[])
        WITH ORDINALITY AS given (station_id, parameter_id, instant, file_no, place)
   JOIN readings known USING (station_id, parameter_id, instant)
   WHERE known.file_no <> given.file_no AND known.instant BETWEEN $5 AND $6`;

/**
 * What the bytes of each row brought for its key before, under whatever name; rows of which they
 * brought nothing are left out.
 */
export async function findBrought(
  tx: Session,
  rows: readonly ReadingRow[],
): Promise<ReadonlyMap<ReadingRow, readonly BroughtValue[]>> {
  const brought = new Map<ReadingRow, BroughtValue[]>();
  if (rows.length === 0) return brought;
  const found = await tx.query<PastValue>(selectPast, [...keysOf(rows), ...boundsOf(rows)]);
  const hashes = await readContentHashes(tx, new Set(found.map(({ fileNo }) => fileNo)));
  for (const { place, fileNo, ...columns } of found) {
    const row = rowAt(rows, place);
    if (hashes.get(fileNo) !== row.contentHash) continue;
    const value = { ...valueOf(columns), contentHash: row.contentHash };
    const values = brought.get(row);
    if (values === undefined) brought.set(row, [value]);
    else values.push(value);
  }
  return brought;
}

type PastValue = ValueColumns<ReadingValue> & { readonly place: number; readonly fileNo: number };

const history = (table: string) =>
  `SELECT value, unit, status, censored AS relation, censored_limit AS "limit", file_no FROM ${table}
   WHERE (station_id, parameter_id, instant)
       = (given.station_id, given.parameter_id, given.instant)
     AND instant BETWEEN $4 AND $5`;

// What was withdrawn is what no file gives: it must not stop the same bytes from giving it now.
const revisions = `${history('reading_revisions')} AND withdrawn_by IS NULL`;

const selectPast = `
  SELECT given.place, past.value, past.unit, past.status, past.relation, past."limit", past.file_no AS "fileNo"
  FROM unnest($1::integer[], $2::integer[], $3::timestamptz[])
       WITH ORDINALITY AS given (station_id, parameter_id, instant, place)
  CROSS JOIN LATERAL (${history('readings')} UNION ALL ${revisions}) past`;

/** Hexadecimal, by number of the file. A statement of its own: numbers alone lead to the months of files. */
async function readContentHashes(
  tx: Session,
  fileNos: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  if (fileNos.size === 0) return new Map();
  const rows = await tx.query<{ fileNo: number; contentHash: string }>(
    `SELECT file_no AS "fileNo", encode(content_hash, 'hex') AS "contentHash"
     FROM files WHERE file_no = ANY($1::bigint[])`,
    [numberArray([...fileNos])],
  );
  return new Map(rows.map(({ fileNo, contentHash }) => [fileNo, contentHash]));
}
