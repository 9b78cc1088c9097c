import type { Censored, Reading } from '@envigate/contracts';
import {
  arraysOf,
  namesOf,
  numbers,
  parametersOf,
  rowsOf,
  texts,
  type Column,
} from '../connection/columns.ts';
import { DatabaseError, statement, type Session, textArray } from '../connection/session.ts';

export interface ReadingKey {
  readonly stationId: number;
  readonly parameterId: number;
  /** ISO 8601 in its one canonical form, so that equal instants are equal texts. */
  readonly instant: string;
}

/** A reading on its way into the database. */
export interface ReadingRow extends ReadingKey {
  readonly reading: Reading;
  readonly fileNo: number;
  /** SHA-256 of the bytes of its file, hexadecimal. */
  readonly contentHash: string;
}

/** A row and its index in the list that was given. */
export interface Place {
  readonly index: number;
  readonly row: ReadingRow;
}

/** The first row of each key, and under its index the later ones of the same key. */
export function groupByKey(rows: readonly ReadingRow[]): {
  firsts: readonly Place[];
  later: ReadonlyMap<number, readonly Place[]>;
} {
  const moments = new Map<string, Map<number, number>>();
  const firsts: Place[] = [];
  const later = new Map<number, Place[]>();
  // The rows of a file are nearly always of one moment.
  let before: ReadingRow | undefined;
  let firstOf = new Map<number, number>();
  rows.forEach((row, index) => {
    const { stationId, instant, parameterId } = row;
    if (before?.instant !== instant || before.stationId !== stationId) {
      const moment = `${stationId}/${instant}`;
      firstOf = moments.get(moment) ?? new Map<number, number>();
      moments.set(moment, firstOf);
      before = row;
    }
    const first = firstOf.get(parameterId);
    if (first === undefined) {
      firstOf.set(parameterId, index);
      firsts.push({ index, row });
    } else {
      const places = later.get(first);
      if (places === undefined) later.set(first, [{ index, row }]);
      else places.push({ index, row });
    }
  });
  return { firsts, later };
}

/** A value as it lies in the columns of a row. */
export type ValueColumns<V extends ReadingValue> = Omit<V, 'censored'> & {
  readonly relation: Censored['relation'] | null;
  readonly limit: number | null;
};

export function valueOf<C extends ValueColumns<ReadingValue>>({ relation, limit, ...known }: C) {
  const censored = relation === null || limit === null ? undefined : { relation, limit };
  return { ...known, censored };
}

export interface Corrected {
  /** The revision that is in `readings`. */
  readonly revision: number;
  /** What followed it, the last one current now. Never empty. */
  readonly accepted: readonly ReadingRow[];
}

/** The row of `readings` and whatever came between go to the revisions, the last one takes its place. */
export async function applyCorrections(
  tx: Session,
  corrected: readonly Corrected[],
): Promise<void> {
  if (corrected.length === 0) return;
  const standing = corrected.map(({ revision }) => revision);
  const current = corrected.flatMap(({ accepted }) => accepted.slice(-1));
  const keys = keysOf(current);
  const bounds = boundsOf(current);
  await expectRows(tx.execute(copyToRevisions, [...keys, standing, ...bounds]), corrected.length);

  const passed = corrected.flatMap(({ revision, accepted }) =>
    accepted.slice(0, -1).map((row, i) => ({ row, revision: revision + 1 + i })),
  );
  if (passed.length > 0) {
    await tx.execute(insertRevisions, [
      ...columnsOf(passed.map(({ row }) => row)),
      passed.map(({ revision }) => revision),
    ]);
  }
  await expectRows(
    tx.execute(replaceReadings, [
      ...columnsOf(current),
      standing,
      corrected.map(({ revision, accepted }) => revision + accepted.length),
      ...bounds,
    ]),
    corrected.length,
  );
}

/** Another transaction changed the same reading meanwhile; done again, the batch sees its value. */
export async function expectRows(changed: Promise<number>, expected: number): Promise<void> {
  if ((await changed) === expected) return;
  throw changedMeanwhile();
}

function changedMeanwhile(cause?: unknown): DatabaseError {
  return new DatabaseError(
    'a reading was changed by another transaction at the same time',
    { code: '40001', retryable: true, connectionLost: false },
    { cause },
  );
}

const uniqueViolation = '23505';

/**
 * Inserts rows of which nobody has the keys, as the caller has just seen. Takes two thirds of the time of
 * `insertReadings`, which looks for each key before it inserts it.
 */
export async function insertNewReadings(tx: Session, rows: readonly ReadingRow[]): Promise<void> {
  const [ordinary, others]: [ReadingRow[], ReadingRow[]] = [[], []];
  for (const row of rows) (isOrdinary(row) ? ordinary : others).push(row);
  try {
    if (ordinary.length > 0) await tx.execute(insertOrdinary, ordinaryColumnsOf(ordinary));
    if (others.length > 0) await tx.execute(insertNew, columnsOf(others));
  } catch (error) {
    const isTaken = error instanceof DatabaseError && error.code === uniqueViolation;
    throw isTaken ? changedMeanwhile(error) : error;
  }
}

/** Nearly all are: a number in a unit that needed no conversion, without a remark. */
function isOrdinary({ reading: { reasons, censored, factor } }: ReadingRow): boolean {
  return reasons.length === 0 && censored === undefined && factor === undefined;
}

/** One array per column, in the order of `columns`. */
export function columnsOf(rows: readonly ReadingRow[]): readonly string[] {
  return [...keysOf(rows), ...parametersOf(readingColumns, rows)];
}

function ordinaryColumnsOf(rows: readonly ReadingRow[]): readonly string[] {
  return [...keysOf(rows), ...parametersOf(ordinaryColumns, rows)];
}

const ordinaryColumns: readonly Column<ReadingRow>[] = [
  numbers(({ reading }) => reading.value),
  texts(({ reading }) => reading.unit),
  texts(({ reading }) => reading.rawValue),
  texts(({ reading }) => reading.rawUnit),
  texts(({ reading }) => reading.status),
  numbers(({ reading }) => reading.flag),
  numbers(({ fileNo }) => fileNo),
  numbers(({ reading }) => reading.line),
];
const readingColumns: readonly Column<ReadingRow>[] = [
  ...ordinaryColumns,
  // unnest flattens arrays of arrays, so each row's reasons travel as the text of an array.
  texts(({ reading }) => textArray(reading.reasons)),
  texts(({ reading }) => reading.censored?.relation ?? null),
  numbers(({ reading }) => reading.censored?.limit ?? null),
  numbers(({ reading }) => reading.factor ?? null),
];

export function keysOf(keys: readonly ReadingKey[]): readonly string[] {
  return parametersOf(keyColumns, keys);
}

const keyColumns: readonly Column<ReadingKey>[] = [
  numbers(({ stationId }) => stationId),
  numbers(({ parameterId }) => parameterId),
  texts(({ instant }) => instant),
];

/**
 * First and last of them, as parameters: `instant BETWEEN first AND last` beside the keys lets the planner
 * leave out all other months. Such statements have no name: a plan kept for all parameters would have every
 * month in it, and lock it.
 */
export function boundsOf(keys: readonly { readonly instant: string }[]): [string, string] {
  // Of none: an empty range.
  let [first, last] = [keys[0]?.instant ?? 'infinity', keys[0]?.instant ?? '-infinity'];
  // Canonical instants sort as texts.
  for (const { instant } of keys) {
    if (instant < first) first = instant;
    if (instant > last) last = instant;
  }
  return [first, last];
}

export function nameOf({ stationId, parameterId, instant }: ReadingKey): string {
  return `${stationId}/${parameterId}/${instant}`;
}

const ordinary = `station_id integer, parameter_id integer, instant timestamptz, value float8, unit text,
  raw_value text, raw_unit text, status text, flag smallint, file_no bigint, line integer`;
const all = `${ordinary}, reasons text, censored text, censored_limit float8, factor float8`;

export const columns = namesOf(all);
const input = arraysOf(all);
const inputColumns = columns.replace('reasons', 'reasons::text[]');

const insertOrdinary = statement(
  'readings-insert-ordinary',
  `INSERT INTO readings (${namesOf(ordinary)}, reasons) SELECT *, '{}' FROM ${rowsOf(ordinary)} AS given`,
);
const insertAll = `INSERT INTO readings (${columns}) SELECT ${inputColumns} FROM ${rowsOf(all)} AS given`;
const insertNew = statement('readings-insert-new', insertAll);
export const insertReadings = statement('readings-insert', `${insertAll} ON CONFLICT DO NOTHING`);

const copyToRevisions = `
  INSERT INTO reading_revisions (${columns}, revision, recorded_at)
   SELECT ${columns}, revision, recorded_at
   FROM readings JOIN unnest($1::integer[], $2::integer[], $3::timestamptz[], $4::integer[])
        AS given (station_id, parameter_id, instant, revision)
        USING (station_id, parameter_id, instant, revision)
   WHERE instant BETWEEN $5 AND $6`;

export const insertRevisions = statement(
  'revisions-insert',
  `INSERT INTO reading_revisions (${columns}, revision, recorded_at)
   SELECT ${inputColumns}, revision, now()
   FROM unnest(${input}, $16::integer[]) AS given (${columns}, revision)`,
);

/** With the bounds of the instants as the last two parameters. */
export const replaceReadings = `
  UPDATE readings SET
     value = given.value, unit = given.unit, raw_value = given.raw_value, raw_unit = given.raw_unit,
     status = given.status, flag = given.flag, reasons = given.reasons::text[],
     file_no = given.file_no, line = given.line, censored = given.censored,
     censored_limit = given.censored_limit, factor = given.factor, revision = given.next_revision, recorded_at = now()
   FROM unnest(${input}, $16::integer[], $17::integer[]) AS given (${columns}, revision, next_revision)
   WHERE (readings.station_id, readings.parameter_id, readings.instant, readings.revision)
       = (given.station_id, given.parameter_id, given.instant, given.revision)
     AND readings.instant BETWEEN $18 AND $19`;

/** What is compared when a reading comes again. */
export interface ReadingValue {
  readonly value: number | null;
  readonly censored?: Censored | undefined;
  readonly unit: string;
  readonly status: string;
}

/** A value and the bytes that brought it. */
export interface BroughtValue extends ReadingValue {
  /** SHA-256 of the bytes of its file, hexadecimal. */
  readonly contentHash: string;
}

/**
 * `superseded`: the same bytes brought the value before, under another name, and it was corrected
 * since. The correction remains.
 */
export type ReadingOutcome = 'new' | 'repeat' | 'correction' | 'superseded';

interface ResolvedReading<C extends BroughtValue> {
  /** One per candidate, in order. */
  readonly outcomes: readonly ReadingOutcome[];
  /** The candidates that became the current value, one after the other; empty where none did. */
  readonly accepted: readonly C[];
}

/**
 * What becomes of the candidates for one key, in the order of their arrival: the current value again
 * is a repeat, one that its bytes brought before is superseded, any other is a correction and current
 * from then on. `brought` are the values of the key until now, the current one among them.
 */
export function resolveReadings<C extends BroughtValue>(
  current: ReadingValue,
  candidates: readonly C[],
  brought: readonly BroughtValue[],
): ResolvedReading<C> {
  const outcomes: ReadingOutcome[] = [];
  const accepted: C[] = [];
  let now = current;
  for (const candidate of candidates) {
    if (isSame(now, candidate)) {
      outcomes.push('repeat');
      continue;
    }
    const { contentHash } = candidate;
    const isKnown = (value: BroughtValue) =>
      value.contentHash === contentHash && isSame(value, candidate);
    if (brought.some(isKnown) || accepted.some(isKnown)) {
      outcomes.push('superseded');
      continue;
    }
    outcomes.push('correction');
    accepted.push(candidate);
    now = candidate;
  }
  return { outcomes, accepted };
}

export function isSame(a: ReadingValue, b: ReadingValue): boolean {
  return (
    a.value === b.value &&
    a.unit === b.unit &&
    a.status === b.status &&
    a.censored?.relation === b.censored?.relation &&
    a.censored?.limit === b.censored?.limit
  );
}

/** A reading that came or changed. */
export interface TouchedReading {
  readonly stationId: number;
  /** UTC, ISO 8601 in its canonical form. */
  readonly instant: string;
}

/** Of one station and one day (UTC), first and last. */
interface TouchedDay {
  readonly stationId: number;
  readonly day: string;
  from: string;
  to: string;
}

/** In the order in which everyone takes them. */
export function touchedDays(readings: readonly TouchedReading[]): readonly TouchedDay[] {
  const days = new Map<string, TouchedDay>();
  // The readings of a file are nearly always of one day.
  let of: TouchedDay | undefined;
  for (const { stationId, instant } of readings) {
    if (of?.stationId !== stationId || !instant.startsWith(of.day)) {
      const day = instant.slice(0, 10);
      const key = `${stationId} ${day}`;
      of = days.get(key) ?? { stationId, day, from: instant, to: instant };
      days.set(key, of);
    }
    // Canonical instants sort as texts.
    if (instant < of.from) of.from = instant;
    else if (instant > of.to) of.to = instant;
  }
  return [...days.values()].sort((a, b) => a.stationId - b.stationId || (a.day < b.day ? -1 : 1));
}

/** Stations, days, first and last instants, as parameters. */
export function columnsOfDays(days: readonly TouchedDay[]): readonly string[] {
  return parametersOf(dayColumns, days);
}

const dayColumns: readonly Column<TouchedDay>[] = [
  numbers(({ stationId }) => stationId),
  texts(({ day }) => day),
  texts(({ from }) => from),
  texts(({ to }) => to),
];
