import type { Reading } from '@envigate/contracts';
import {
  boundsOf,
  isSame,
  resolveReadings,
  type ReadingValue,
  keysOf,
  nameOf,
  valueOf,
  type ReadingKey,
  type ReadingRow,
  type ValueColumns,
} from '../readings/readings.ts';
import type { Session } from '../connection/session.ts';
import type { FileBefore } from './files.ts';

/** A value and what was thought of it. */
export interface JudgedReading extends ReadingValue {
  readonly flag: number;
  readonly reasons: readonly string[];
}

/** A file as far as its values are concerned. */
export interface ContributingFile {
  readonly fileNo: number;
  /** When its file was received first: in this order files speak, of equal ones by number. */
  readonly receivedAt: Date;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly contentHash: string;
}

/** What a file gave for a key, as the database has it. */
interface KeptReading extends JudgedReading, ContributingFile {
  readonly revision: number;
  /** Absent: it is the current one. As PostgreSQL writes it, with its microseconds. */
  readonly supersededAt?: string | undefined;
}

/**
 * Everything that files say about one key (station, parameter, instant) and that is kept: the current
 * reading and what was superseded. What was withdrawn is not among it: no file gives it any more.
 */
export interface KeyHistory {
  readonly current: KeptReading | undefined;
  readonly passed: readonly KeptReading[];
}

export const emptyHistory: KeyHistory = { current: undefined, passed: [] };

/** What is to be done so that the history is what the files say now. */
export interface KeyChange {
  /**
   * - new: the key had no reading; correction: another one, or one judged otherwise, is current.
   * - repeat: nothing that counts has changed by what the file gives.
   * - withdrawn: the file gives nothing any more, and its value was the current one.
   * - absent: it gives nothing, and its value was not the current one.
   */
  readonly outcome: 'new' | 'correction' | 'repeat' | 'withdrawn' | 'absent';
  readonly current:
    | { readonly kind: 'stays' }
    /** The file's value takes the place of the current one, if there is one. */
    | { readonly kind: 'given' }
    /** A superseded value of another file is current again. */
    | { readonly kind: 'restored'; readonly from: KeptReading }
    | { readonly kind: 'removed' };
  /** Where the current one does not stay: whether its file gives it no longer. */
  readonly isCurrentWithdrawn: boolean;
  /** Superseded values of the file that it gives no longer. */
  readonly withdrawn: readonly KeptReading[];
  /** The file's value belongs into the history, before the current one. */
  readonly isGivenPassed: boolean;
  /**
   * The current one stays, and the file gives it: from another line perhaps. What is delivered of it
   * follows the registry of now, as where it does not stay.
   */
  readonly isStillGiven: boolean;
}

/**
 * The file gives this reading for the key and nothing else, or nothing (undefined), whatever it gave
 * before. What is current follows from what each file says, in the order of their reception, by the
 * same rules as for files that come (resolveReadings). So it does not matter when a file is read again.
 */
export function changeHistory(
  { current, passed }: KeyHistory,
  file: ContributingFile,
  given: JudgedReading | undefined,
): KeyChange {
  const all = current === undefined ? passed : [...passed, current];
  const own = all.filter(({ fileNo }) => fileNo === file.fileNo);
  const kept = given === undefined ? undefined : own.findLast((value) => isAlike(value, given));
  const says = contributions(all, file, given);
  const accepted = accept(says);
  const last = accepted.at(-1);
  const isOwnLast = last?.fileNo === file.fileNo;
  const next = nextCurrent(current, last, isOwnLast, kept);
  const isGivenAccepted = accepted.some(({ fileNo }) => fileNo === file.fileNo);
  return {
    outcome: outcomeOf(current, last, given, file),
    current: next,
    isCurrentWithdrawn:
      next.kind !== 'stays' && current?.fileNo === file.fileNo && kept !== current,
    withdrawn: own.filter(
      (value) => value !== current && (given === undefined || !isAlike(value, given)),
    ),
    isGivenPassed: isGivenAccepted && !isOwnLast && kept === undefined,
    isStillGiven: isOwnLast && next.kind === 'stays',
  };
}

/** The history after the change, as the tables hold it then. `at` is when. */
export function applyChange(
  { current, passed }: KeyHistory,
  file: ContributingFile,
  given: JudgedReading | undefined,
  change: KeyChange,
  at: string,
): KeyHistory {
  const standing = current?.revision ?? 0;
  const step = change.isGivenPassed ? 1 : 0;
  const isMoving = change.current.kind !== 'stays';
  const history = passed.filter((value) => !change.withdrawn.includes(value));
  if (isMoving && current !== undefined && !change.isCurrentWithdrawn)
    history.push({ ...current, supersededAt: at });
  if (change.isGivenPassed && given !== undefined) {
    const revision = standing + (isMoving ? 1 : 0);
    history.push({ ...given, ...file, revision, supersededAt: at });
  }
  switch (change.current.kind) {
    case 'stays':
      return {
        current: current && { ...current, revision: standing + step },
        passed: history,
      };
    case 'given':
      return {
        current: given && { ...given, ...file, revision: standing + 1 },
        passed: history,
      };
    case 'restored': {
      const revision = standing + 1 + step;
      return {
        current: { ...change.current.from, revision, supersededAt: undefined },
        passed: history,
      };
    }
    case 'removed':
      return { current: undefined, passed: history };
  }
}

type Contribution = JudgedReading & ContributingFile;

/** What each file says, its newest word only, in the order of the files. */
function contributions(
  all: readonly KeptReading[],
  file: ContributingFile,
  given: JudgedReading | undefined,
): readonly Contribution[] {
  const byFile = new Map<number, Contribution>();
  // The current one comes last.
  for (const value of all) byFile.set(value.fileNo, value);
  byFile.delete(file.fileNo);
  if (given !== undefined) byFile.set(file.fileNo, { ...given, ...file });
  return [...byFile.values()].sort(
    (a, b) => a.receivedAt.getTime() - b.receivedAt.getTime() || a.fileNo - b.fileNo,
  );
}

/** Those that became current, one after the other. */
function accept(says: readonly Contribution[]): readonly Contribution[] {
  const [first, ...others] = says;
  if (first === undefined) return [];
  return [first, ...resolveReadings(first, others, [first]).accepted];
}

function nextCurrent(
  current: KeptReading | undefined,
  last: Contribution | undefined,
  isOwnLast: boolean,
  kept: KeptReading | undefined,
): KeyChange['current'] {
  if (last === undefined) return { kind: current === undefined ? 'stays' : 'removed' };
  if (isOwnLast) return { kind: kept !== undefined && kept === current ? 'stays' : 'given' };
  // What other files say comes from the history.
  return last === current ? { kind: 'stays' } : { kind: 'restored', from: last as KeptReading };
}

function outcomeOf(
  current: KeptReading | undefined,
  last: Contribution | undefined,
  given: JudgedReading | undefined,
  { fileNo }: ContributingFile,
): KeyChange['outcome'] {
  if (given === undefined) return current?.fileNo === fileNo ? 'withdrawn' : 'absent';
  if (last?.fileNo !== fileNo) return 'repeat';
  if (current === undefined) return 'new';
  const isNews = current.fileNo === fileNo ? !isAlike(current, given) : !isSame(current, given);
  return isNews ? 'correction' : 'repeat';
}

function isAlike(a: JudgedReading, b: JudgedReading): boolean {
  return isSame(a, b) && a.flag === b.flag && a.reasons.join() === b.reasons.join();
}

export interface KeyInHand extends ReadingKey {
  /** What the file gives for it now, and its place in the list of rows; undefined where nothing. */
  readonly row: ReadingRow | undefined;
  readonly index: number | undefined;
}

export function judged(reading: Reading | undefined): JudgedReading | undefined {
  if (reading === undefined) return undefined;
  const { value, censored, unit, status, flag, reasons } = reading;
  return { value, censored, unit, status, flag, reasons };
}

/** Of which the file gave something, and gives nothing now. */
export async function formerKeys(
  tx: Session,
  fileNo: number,
  { state, stationId, dataFrom, dataTo }: FileBefore,
  given: readonly ReadingKey[],
): Promise<readonly KeyInHand[]> {
  if (state !== 'stored' || stationId === null || dataFrom === null || dataTo === null) return [];
  const rows = await tx.query<{ parameterId: number; instant: Date }>(selectFormerKeys, [
    ...[stationId, dataFrom, dataTo, fileNo],
  ]);
  const now = new Set(given.map(nameOf));
  return rows
    .map(({ parameterId, instant }): KeyInHand => {
      const at = { stationId, parameterId, instant: instant.toISOString() };
      return { ...at, row: undefined, index: undefined };
    })
    .filter((key) => !now.has(nameOf(key)));
}

type HistoryRow = ValueColumns<KeptReading> & { readonly place: number };

/** One per key. */
export async function readHistories(
  tx: Session,
  keys: readonly ReadingKey[],
): Promise<readonly KeyHistory[]> {
  if (keys.length === 0) return [];
  const rows = await tx.query<HistoryRow>(selectHistories, [...keysOf(keys), ...boundsOf(keys)]);
  const histories = keys.map(() => ({
    current: undefined as KeptReading | undefined,
    passed: [] as KeptReading[],
  }));
  for (const { place, ...columnsOfRow } of rows) {
    const history = histories[place - 1];
    if (history === undefined) throw new Error(`no key at place ${place}`);
    const kept = valueOf(columnsOfRow);
    if (kept.supersededAt === undefined || kept.supersededAt === null) history.current = kept;
    else history.passed.push(kept);
  }
  return histories;
}

const given = `unnest($1::integer[], $2::integer[], $3::timestamptz[])`;
export const givenAt = (more: string) =>
  `unnest($1::integer[], $2::integer[], $3::timestamptz[], ${more})`;

const selectFormerKeys = `
  SELECT parameter_id AS "parameterId", instant FROM readings
   WHERE station_id = $1 AND instant BETWEEN $2 AND $3 AND file_no = $4
   UNION
   SELECT parameter_id, instant FROM reading_revisions
   WHERE station_id = $1 AND instant BETWEEN $2 AND $3 AND file_no = $4 AND withdrawn_by IS NULL`;

// A file of this very batch has no reception yet: it came after any that is replayed.
const historyOf = (table: string, supersededAt: string, more = '') => `
  SELECT given.place, known.value, known.unit, known.status, known.flag, known.reasons,
         known.censored AS relation, known.censored_limit AS "limit", known.revision,
         known.file_no AS "fileNo", ${supersededAt} AS "supersededAt",
         coalesce((SELECT min(received_at) FROM receptions WHERE file_no = known.file_no),
                  now()) AS "receivedAt",
         (SELECT encode(content_hash, 'hex') FROM files WHERE file_no = known.file_no) AS "contentHash"
  FROM ${given} WITH ORDINALITY AS given (station_id, parameter_id, instant, place)
  JOIN ${table} known USING (station_id, parameter_id, instant)
  WHERE known.instant BETWEEN $4 AND $5 ${more}`;

const selectHistories = `
   ${historyOf('readings', 'NULL::text')}
   UNION ALL
   ${historyOf('reading_revisions', 'known.superseded_at::text', 'AND known.withdrawn_by IS NULL')}
   ORDER BY place, "supersededAt", revision`;
