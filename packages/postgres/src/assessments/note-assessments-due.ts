import { statement, type Session } from '../connection/session.ts';
import { columnsOfDays, touchedDays, type TouchedReading } from '../readings/touched-days.ts';

/**
 * Notes in the caller's transaction what has to be assessed again: one statement, one row per
 * station and day (UTC), in the order in which everyone takes them.
 */
export async function noteAssessmentsDue(
  tx: Session,
  readings: readonly TouchedReading[],
): Promise<void> {
  const days = touchedDays(readings);
  if (days.length === 0) return;
  await tx.execute(note, columnsOfDays(days));
}

// Not an index column changes where the row is there already: the update stays on its page.
const note = statement(
  'assessment-due-note',
  `INSERT INTO assessment_due AS due (station_id, day, from_instant, to_instant)
   SELECT * FROM unnest($1::integer[], $2::date[], $3::timestamptz[], $4::timestamptz[])
   ON CONFLICT (station_id, day) DO UPDATE SET
     from_instant = least(due.from_instant, excluded.from_instant),
     to_instant = greatest(due.to_instant, excluded.to_instant),
     changes = due.changes + 1, last_noted_at = now()`,
);
