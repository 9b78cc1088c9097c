import type { NormalisedFile } from '@envigate/contracts';
import {
  isBackdated,
  looksLikeClockReset,
  quarantineFile,
  type BackdatedFile,
  type ClockResetBounds,
  sentence,
} from '@envigate/domain';
import {
  statement,
  type Session,
  hexArray,
  numberArray,
  textArray,
} from '../connection/session.ts';
import { readingRows } from './arrivals.ts';
import type { RecordableFile } from './files.ts';
import { findBrought, findStored } from '../readings/keep-readings.ts';
import { boundsOf, type ReadingRow, isSame } from '../readings/readings.ts';

/** When files are held as those of a clock that was reset. */
export interface ClockResetRule extends ClockResetBounds {
  /** Of a station, as the registry states it. */
  readonly intervalMinutes: (station: string) => number;
}

/** Numbers of stations and parameters by their codes. */
interface KeyNumbers {
  readonly stations: ReadonlyMap<string, number>;
  readonly parameters: ReadonlyMap<string, number>;
}

/**
 * The same files; those of a logger whose clock was reset as files for the quarantine, whole and without
 * lines of their own. One that was held before, or discarded, is held again when its bytes come again; what
 * a person replays is not. Only files that are old enough cost a query: one for all of them where they bring new
 * times, as backfill does, and never more than four for a batch.
 */
export async function holdClockResets(
  tx: Session,
  given: readonly RecordableFile[],
  rule: ClockResetRule,
  numbers: KeyNumbers,
): Promise<readonly RecordableFile[]> {
  const files = given.filter((file) => file.type === 'normalised-file.v2');
  const backdated = files.filter((file) => {
    const { replay, receivedAt } = file.reception;
    if (replay !== undefined || file.newestTime === undefined) return false;
    return isBackdated(Date.parse(receivedAt), Date.parse(file.newestTime), rule);
  });
  if (backdated.length === 0) return given;
  const { heldBefore, doubtful } = await lookFirst(tx, backdated, numbers);
  const contradicting = await findContradicting(tx, doubtful, rule, numbers);
  const ofReset = await withoutFileInStep(tx, contradicting, files, rule);
  const held = new Map(
    [...heldBefore, ...ofReset].map((file): [RecordableFile, RecordableFile] => [
      file,
      heldFile(file),
    ]),
  );
  return given.map((file) => held.get(file) ?? file);
}

function heldFile(file: NormalisedFile): RecordableFile {
  const { station, newestTime, reception } = file;
  const detail = sentence('all-times-corrected@1', newestTime ?? '', reception.receivedAt);
  const newestMs = Date.parse(newestTime ?? '');
  const { message } = quarantineFile(file, 'clock-reset', detail, { station, newestMs });
  return message;
}

/**
 * Those that were held or discarded before; and of those that never came the ones that may contradict
 * what is stored. One reading of a file that is not stored yet rules that out.
 */
async function lookFirst(
  tx: Session,
  backdated: readonly NormalisedFile[],
  numbers: KeyNumbers,
): Promise<Record<'heldBefore' | 'doubtful', readonly NormalisedFile[]>> {
  const firsts = backdated.map((file) => rowsToLookUp(file, numbers, 1)[0]);
  const looks = await tx.query<FirstLook>(selectFirstLook, [
    hexArray(backdated.map(({ reception }) => reception.fileId)),
    numberArray(firsts.map((row) => row?.stationId ?? null)),
    numberArray(firsts.map((row) => row?.parameterId ?? null)),
    textArray(firsts.map((row) => row?.instant ?? null)),
    ...boundsOf(firsts.filter((row) => row !== undefined)),
  ]);
  const withLook = (isWanted: (look: FirstLook) => boolean) =>
    looks.filter(isWanted).flatMap(({ place }) => backdated[place - 1] ?? []);
  return {
    heldBefore: withLook(({ isHeld }) => isHeld === true),
    doubtful: withLook(({ isHeld, isStored }) => isHeld === null && isStored),
  };
}

interface FirstLook {
  readonly place: number;
  /** Of a file that came before: whether it is held, or was discarded. Null: it never came. */
  readonly isHeld: boolean | null;
  /** Whether the key of its first reading is stored. */
  readonly isStored: boolean;
}

/** A file that looks like one of a reset clock if its station has another one in step, long enough before. */
interface Contradicting {
  readonly file: NormalisedFile;
  readonly stationId: number | undefined;
  readonly facts: BackdatedFile;
}

async function findContradicting(
  tx: Session,
  doubtful: readonly NormalisedFile[],
  rule: ClockResetRule,
  numbers: KeyNumbers,
): Promise<readonly Contradicting[]> {
  if (doubtful.length === 0) return [];
  const rowsOf = new Map(doubtful.map((file) => [file, rowsToLookUp(file, numbers)]));
  const stored = await findStored(tx, [...rowsOf.values()].flat());
  const isDiffering = (row: ReadingRow) => {
    const known = stored.get(row);
    return known !== undefined && !isSame(known, row.reading);
  };
  // What the same bytes said before, under another name, corrects nothing.
  const brought = await findBrought(
    tx,
    [...rowsOf.values()].flatMap((rows) => rows.filter(isDiffering)),
  );
  const isCorrecting = (row: ReadingRow) =>
    isDiffering(row) && brought.get(row)?.some((value) => isSame(value, row.reading)) !== true;
  return [...rowsOf].flatMap(([file, rows]) => {
    const facts = {
      receivedAt: Date.parse(file.reception.receivedAt),
      newestTime: Date.parse(file.newestTime ?? ''),
      readings: rows.length,
      known: rows.filter((row) => stored.has(row)).length,
      corrected: rows.filter(isCorrecting).length,
      inStepAt: -Infinity,
      intervalMinutes: rule.intervalMinutes(file.station),
    };
    return looksLikeClockReset(facts, rule) ? [{ file, stationId: rows[0]?.stationId, facts }] : [];
  });
}

/** Those in whose place no file in step came, of this batch or among the newest of the station. */
async function withoutFileInStep(
  tx: Session,
  contradicting: readonly Contradicting[],
  batch: readonly NormalisedFile[],
  rule: ClockResetRule,
): Promise<readonly NormalisedFile[]> {
  if (contradicting.length === 0) return [];
  const recorded = await tx.query<{ place: number; inStepAt: Date | null }>(selectInStep, [
    numberArray(contradicting.map(({ stationId }) => stationId ?? null)),
    textArray(contradicting.map(({ file }) => file.reception.receivedAt)),
    rule.minLagHours,
  ]);
  return recorded.flatMap(({ place, inStepAt }) => {
    const each = contradicting[place - 1];
    if (each === undefined) throw new Error(`no file at place ${place}`);
    const { station, reception } = each.file;
    const until = Date.parse(reception.receivedAt);
    const here = batch.flatMap((other) => {
      if (other.station !== station || other.newestTime === undefined) return [];
      const at = Date.parse(other.reception.receivedAt);
      return at <= until && !isBackdated(at, Date.parse(other.newestTime), rule) ? [at] : [];
    });
    const all = [...here, ...(inStepAt === null ? [] : [inStepAt.getTime()])];
    const facts = { ...each.facts, inStepAt: all.length === 0 ? undefined : Math.max(...all) };
    return looksLikeClockReset(facts, rule) ? [each.file] : [];
  });
}

/** Not recorded yet, so without a number of the file. */
function rowsToLookUp(
  file: NormalisedFile,
  { stations, parameters }: KeyNumbers,
  maxRows?: number,
): readonly ReadingRow[] {
  const numbers = { fileNo: 0, stationId: stations.get(file.station), parameters };
  return readingRows(file, numbers, maxRows);
}

// Laterals, so that keys are looked up one by one, however small the tables were when it was planned.
const selectFirstLook = `
  SELECT given.place, file.is_held AS "isHeld", stored.known IS NOT NULL AS "isStored"
   FROM unnest($1::bytea[], $2::integer[], $3::integer[], $4::timestamptz[])
        WITH ORDINALITY AS given (file_id, station_id, parameter_id, instant, place)
   LEFT JOIN LATERAL (
     SELECT EXISTS (SELECT FROM quarantine q
                    WHERE q.file_no = key.file_no AND q.reason = 'clock-reset'
                      AND (q.resolved_at IS NULL OR q.resolution = 'discarded')) AS is_held
     FROM file_keys key WHERE key.file_id = given.file_id LIMIT 1) file ON true
   LEFT JOIN LATERAL (
     SELECT true AS known FROM readings r
     WHERE (r.station_id, r.instant, r.parameter_id)
         = (given.station_id, given.instant, given.parameter_id)
       AND r.instant BETWEEN $5 AND $6 LIMIT 1) stored ON true`;

// As many files as the clock of a station is judged by.
const selectInStep = statement(
  'clock-reset-in-step',
  `SELECT given.place, newest."inStepAt"
   FROM unnest($1::integer[], $2::timestamptz[])
        WITH ORDINALITY AS given (station_id, received_at, place)
   CROSS JOIN LATERAL (
     SELECT max(received_at) FILTER (WHERE received_at - newest_time < $3 * interval '1 hour') AS "inStepAt"
     FROM (SELECT received_at, newest_time FROM receptions r
           WHERE (r.station_id, r.received_at) <= (given.station_id, given.received_at)
             AND r.station_id >= given.station_id AND newest_time IS NOT NULL
           ORDER BY r.station_id DESC, r.received_at DESC LIMIT 48) of_station) newest`,
);
