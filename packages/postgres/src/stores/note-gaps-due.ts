import { statement, type Session } from '../session.ts';
import { numberArray, textArray } from './array-literal.ts';
import { touchedDays, type TouchedReading } from './touched-days.ts';

/**
 * Notes in the caller's transaction where readings vanished: the gap detector finds the gaps anew from
 * what is left.
 */
export async function noteGapsDue(tx: Session, removed: readonly TouchedReading[]): Promise<void> {
  const days = touchedDays(removed);
  if (days.length === 0) return;
  await tx.execute(note, [
    numberArray(days.map(({ stationId }) => stationId)),
    textArray(days.map(({ day }) => day)),
    textArray(days.map(({ from }) => from)),
    textArray(days.map(({ to }) => to)),
  ]);
}

const note = statement(
  'gaps-due-note',
  `INSERT INTO gaps_due AS due (station_id, day, from_instant, to_instant)
   SELECT * FROM unnest($1::integer[], $2::date[], $3::timestamptz[], $4::timestamptz[])
   ON CONFLICT (station_id, day) DO UPDATE SET
     from_instant = least(due.from_instant, excluded.from_instant),
     to_instant = greatest(due.to_instant, excluded.to_instant),
     changes = due.changes + 1`,
);
