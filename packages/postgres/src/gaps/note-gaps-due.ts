import type { TimeRange } from '@envigate/contracts';
import { statement, type Session } from '../connection/session.ts';
import { columnsOfDays, touchedDays, type TouchedReading } from '../readings/touched-days.ts';

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
