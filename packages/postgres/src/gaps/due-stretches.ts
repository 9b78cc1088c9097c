import type { TimeRange } from '@envigate/contracts';
import { addSign, type JudgedTime, type SeriesInstants } from '@envigate/domain';
import { absentStates } from '../archived/archived-months.ts';
import { statement, type Session } from '../connection/session.ts';
import { columnsOfDays, touchedDays, type TouchedReading } from '../readings/readings.ts';

/** A stretch of a station's data in which readings vanished, or that a person wants judged anew. */
export interface DueStretch {
  readonly stationId: number;
  readonly station: string;
  /** UTC, yyyy-MM-dd; with the station it names the row. */
  readonly day: string;
  /** Both ends belong to it. */
  readonly from: Date;
  readonly to: Date;
  readonly reason: 'record' | 'interval-corrected';
  /** How often it was noted: a row that was noted again meanwhile stays. */
  readonly changes: number;
}

/** The first rows; each is a day of a station. */
export function readGapsDue(session: Session, limit: number): Promise<readonly DueStretch[]> {
  return session.query<DueStretch>(
    `SELECT station_id AS "stationId", station, day::text, from_instant AS "from", to_instant AS "to",
            reason, changes
     FROM gaps_due JOIN station_keys USING (station_id)
     ORDER BY station_id, day LIMIT $1`,
    [limit],
  );
}

/** False where it was noted again, or is gone. */
export async function endGapsDue(tx: Session, due: DueStretch): Promise<boolean> {
  const { stationId, day, changes } = due;
  const ended = await tx.execute(
    'DELETE FROM gaps_due WHERE station_id = $1 AND day = $2 AND changes = $3',
    [stationId, day, changes],
  );
  return ended === 1;
}

/**
 * A stretch without what lies in archived months: their readings are not here any more, and their gaps stay
 * as they were judged. Undefined where nothing is left of it.
 */
export async function withoutArchived(
  tx: Session,
  due: DueStretch,
): Promise<DueStretch | undefined> {
  const [row] = await tx.query<{ until: Date | null }>(
    `SELECT max(last_instant) AS until
     FROM archived_stations JOIN archived_months USING (archive_id)
     WHERE station_id = $1 AND state IN ${absentStates}`,
    [due.stationId],
  );
  const until = row?.until?.getTime() ?? -Infinity;
  if (due.from.getTime() > until) return due;
  return due.to.getTime() > until ? { ...due, from: new Date(until + 1) } : undefined;
}

/**
 * The recorded instants of each series of a station in a time. What a logger dated more than a day after its
 * reception is no sign of life.
 */
export async function readRecorded(
  tx: Session,
  stationId: number,
  { from, to }: JudgedTime,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const rows = await tx.query<RecordedRow>(selectRecorded, [
    stationId,
    new Date(from),
    new Date(to),
  ]);
  const instants: SeriesInstants = new Map();
  for (const { instant, ...reading } of rows) addSign(instants, instant.getTime(), reading);
  return instants;
}

interface RecordedRow {
  readonly instant: Date;
  readonly parameter: string;
  readonly flag: number;
  readonly reasons: readonly string[];
}

const selectRecorded = statement(
  'gaps-due-recorded',
  `SELECT instant, parameter, flag, reasons
   FROM readings JOIN parameter_keys USING (parameter_id)
   WHERE station_id = $1 AND instant BETWEEN $2 AND $3
     AND instant <= recorded_at + interval '1 day'`,
);

/**
 * Notes in the caller's transaction where readings vanished: the gap detector finds the gaps anew from
 * what is left.
 */
export async function noteGapsDue(tx: Session, removed: readonly TouchedReading[]): Promise<void> {
  const days = touchedDays(removed);
  if (days.length === 0) return;
  await tx.execute(note, columnsOfDays(days));
}

/**
 * Notes a range of a station, as far as its readings go, and all that the files of a reread give: gaps and rules
 * over time are judged by the interval that the registry states now, also of readings that a reread did not change.
 */
export async function noteRangeDue(
  tx: Session,
  batchId: string,
  { station, from, to }: { readonly station: string } & TimeRange,
): Promise<void> {
  const range = [batchId, station, from ?? null, to ?? null];
  await tx.execute(noteRangeOfGaps, range);
  await tx.execute(noteRangeOfAssessments, range);
}

const orWiden = `ON CONFLICT (station_id, day) DO UPDATE SET
     from_instant = least(due.from_instant, excluded.from_instant),
     to_instant = greatest(due.to_instant, excluded.to_instant),
     changes = due.changes + 1`;

const noteRangeIn = (table: 'gaps_due' | 'assessment_due', more = ''): string =>
  `WITH station AS (
     SELECT station_id FROM station_keys WHERE station = $2
   ), known AS (
     SELECT station_id, min(instant) AS first, max(instant) AS last
     FROM station JOIN readings USING (station_id) GROUP BY station_id
   ), given AS (
     SELECT min(data_from) AS first, max(data_to) AS last
     FROM replay_files JOIN files USING (file_no) JOIN station USING (station_id) WHERE batch_id = $1
   ), bounds AS (
     SELECT station_id,
            greatest(known.first, least(coalesce($3::timestamptz, known.first), given.first)) AS from_instant,
            least(known.last, greatest(coalesce($4::timestamptz, known.last), given.last)) AS to_instant
     FROM known, given
   ), days AS (
     SELECT station_id, from_instant, to_instant, day::date AS day
     FROM bounds, generate_series(date_trunc('day', from_instant AT TIME ZONE 'UTC'),
                                  to_instant AT TIME ZONE 'UTC', interval '1 day') AS day
   )
   INSERT INTO ${table} AS due (station_id, day, from_instant, to_instant)
   SELECT station_id, day, greatest(from_instant, day::timestamp AT TIME ZONE 'UTC'),
          least(to_instant, (day + 1)::timestamp AT TIME ZONE 'UTC')
   FROM days
   ORDER BY station_id, day
   ${orWiden}${more}`;
const noteRangeOfGaps = statement('gaps-due-note-range', noteRangeIn('gaps_due'));
const noteRangeOfAssessments = statement(
  'assessment-due-note-range',
  noteRangeIn('assessment_due', ', last_noted_at = now()'),
);

const note = statement(
  'gaps-due-note',
  `INSERT INTO gaps_due AS due (station_id, day, from_instant, to_instant)
   SELECT * FROM unnest($1::integer[], $2::date[], $3::timestamptz[], $4::timestamptz[])
   ${orWiden}`,
);
