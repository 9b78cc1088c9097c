import type { NormalisedFile } from '@envigate/contracts';
import {
  isBackdated,
  looksLikeClockReset,
  quarantineFile,
  type ClockResetBounds,
} from '@envigate/domain';
import { statement, type Session } from '../session.ts';
import { hexArray, numberArray, textArray } from './array-literal.ts';
import { canonicalInstants } from './arrivals.ts';
import type { RecordableFile } from './file-identities.ts';
import { findBrought } from './find-brought.ts';
import { valueOf, type ReadingRow, type ValueColumns } from './readings.ts';
import { isSame, type ReadingValue } from './resolve-readings.ts';

/** When files are held as those of a clock that was reset. */
export interface ClockResetRule extends ClockResetBounds {
  /** Of a station, as the registry states it. */
  readonly intervalMinutes: (station: string) => number;
}

/** Numbers of stations and parameters by their codes. */
export interface KeyNumbers {
  readonly stations: ReadonlyMap<string, number>;
  readonly parameters: ReadonlyMap<string, number>;
}

/**
 * The same files; those of a logger whose clock was reset as files for the quarantine, whole and without
 * lines of their own. One that was held before, or discarded, is held again when its bytes come again; what
 * a person replays is not. Only a file that is old enough costs a query.
 */
export async function holdClockResets(
  tx: Session,
  files: readonly NormalisedFile[],
  rule: ClockResetRule,
  numbers: KeyNumbers,
): Promise<readonly RecordableFile[]> {
  const backdated = files.filter((file) => {
    const { replay, receivedAt } = file.reception;
    if (replay !== undefined || file.newestTime === undefined) return false;
    return isBackdated(Date.parse(receivedAt), Date.parse(file.newestTime), rule);
  });
  if (backdated.length === 0) return files;
  const known = await findKnownFiles(tx, backdated);
  const held = new Map<NormalisedFile, RecordableFile>();
  for (const file of backdated) {
    const isHeld = known.get(file.reception.fileId);
    if (isHeld ?? (await isOfReset(tx, file, files, rule, numbers))) held.set(file, heldFile(file));
  }
  return files.map((file) => held.get(file) ?? file);
}

function heldFile(file: NormalisedFile): RecordableFile {
  const { station, newestTime, reception } = file;
  const detail = `all its times are stored already with other values; its newest is ${newestTime}, it was received at ${reception.receivedAt}`;
  const newestMs = Date.parse(newestTime ?? '');
  const { message } = quarantineFile(file, 'clock-reset', detail, { station, newestMs });
  return message;
}

/** Of files that came before, by their identity: whether they are held, or were discarded. */
async function findKnownFiles(
  tx: Session,
  files: readonly NormalisedFile[],
): Promise<ReadonlyMap<string, boolean>> {
  const rows = await tx.query<{ fileId: string; isHeld: boolean }>(selectKnownFiles, [
    hexArray(files.map(({ reception }) => reception.fileId)),
  ]);
  return new Map(rows.map(({ fileId, isHeld }) => [fileId, isHeld]));
}

async function isOfReset(
  tx: Session,
  file: NormalisedFile,
  batch: readonly NormalisedFile[],
  rule: ClockResetRule,
  { stations, parameters }: KeyNumbers,
): Promise<boolean> {
  const stationId = stations.get(file.station);
  if (stationId === undefined) return false;
  const rows = readingRows(file, stationId, parameters);
  const stored = await tx.query<ValueColumns<ReadingValue> & { place: number }>(selectStored, [
    stationId,
    numberArray(rows.map(({ parameterId }) => parameterId)),
    textArray(rows.map(({ instant }) => instant)),
  ]);
  const differing = stored.flatMap(({ place, ...columns }) => {
    const row = rows[place - 1];
    return row === undefined || isSame(valueOf(columns), row.reading) ? [] : [row];
  });
  // What the same bytes said before, under another name, corrects nothing.
  const brought = await findBrought(tx, differing);
  const corrected = differing.filter(
    (row) => brought.get(row)?.some((value) => isSame(value, row.reading)) !== true,
  );
  const facts = {
    receivedAt: Date.parse(file.reception.receivedAt),
    newestTime: Date.parse(file.newestTime ?? ''),
    ...{ readings: file.readings.length, known: stored.length, corrected: corrected.length },
    intervalMinutes: rule.intervalMinutes(file.station),
  };
  // The station's other files are asked for only where all the rest speaks for a reset.
  if (!looksLikeClockReset({ ...facts, inStepAt: -Infinity }, rule)) return false;
  const inStepAt = await lastInStep(tx, file, batch, rule, stationId);
  return looksLikeClockReset({ ...facts, inStepAt }, rule);
}

function readingRows(
  file: NormalisedFile,
  stationId: number,
  parameters: KeyNumbers['parameters'],
): readonly ReadingRow[] {
  const instants = canonicalInstants(file);
  const { contentHash } = file.reception;
  return file.readings.map((reading, i) => {
    const [parameterId, instant] = [parameters.get(reading.parameter) ?? 0, instants[i] ?? ''];
    return { reading, stationId, parameterId, instant, fileNo: 0, contentHash };
  });
}

/** When the last file in step came before this one, of this batch or among the newest of the station. */
async function lastInStep(
  tx: Session,
  { station, reception }: NormalisedFile,
  batch: readonly NormalisedFile[],
  rule: ClockResetRule,
  stationId: number,
): Promise<number | undefined> {
  const [row] = await tx.query<{ inStepAt: Date | null }>(selectInStep, [
    ...[stationId, reception.receivedAt, rule.minLagHours],
  ]);
  const until = Date.parse(reception.receivedAt);
  const here = batch.flatMap((other) => {
    if (other.station !== station || other.newestTime === undefined) return [];
    const at = Date.parse(other.reception.receivedAt);
    return at <= until && !isBackdated(at, Date.parse(other.newestTime), rule) ? [at] : [];
  });
  const all = [...here, ...(row?.inStepAt ? [row.inStepAt.getTime()] : [])];
  return all.length === 0 ? undefined : Math.max(...all);
}

const selectKnownFiles = statement(
  'clock-reset-known-files',
  `SELECT encode(file_id, 'hex') AS "fileId",
          EXISTS (SELECT FROM quarantine q
                  WHERE q.file_no = files.file_no AND q.reason = 'clock-reset'
                    AND (q.resolved_at IS NULL OR q.resolution = 'discarded')) AS "isHeld"
   FROM files WHERE file_id = ANY($1::bytea[])`,
);

const selectStored = statement(
  'clock-reset-stored',
  `SELECT given.place, known.value, known.unit, known.status,
          known.censored AS relation, known.censored_limit AS "limit"
   FROM unnest($2::integer[], $3::timestamptz[]) WITH ORDINALITY AS given (parameter_id, instant, place)
   JOIN readings known ON known.station_id = $1 AND known.parameter_id = given.parameter_id
                      AND known.instant = given.instant`,
);

// As many files as the clock of a station is judged by.
const selectInStep = statement(
  'clock-reset-in-step',
  `SELECT max(received_at) FILTER (WHERE received_at - newest_time < $3 * interval '1 hour') AS "inStepAt"
   FROM (SELECT received_at, newest_time FROM receptions
         WHERE station_id = $1 AND newest_time IS NOT NULL AND received_at <= $2
         ORDER BY received_at DESC LIMIT 48) newest`,
);
