import { statement, type Session } from '../session.ts';
import { numberArray, textArray } from './array-literal.ts';

/** A reading that came or changed. */
export interface TouchedReading {
  readonly stationId: number;
  /** UTC, ISO 8601 in its canonical form. */
  readonly instant: string;
}

interface TouchedDay {
  readonly stationId: number;
  readonly day: string;
  from: string;
  to: string;
}

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
  await tx.execute(note, [
    numberArray(days.map(({ stationId }) => stationId)),
    textArray(days.map(({ day }) => day)),
    textArray(days.map(({ from }) => from)),
    textArray(days.map(({ to }) => to)),
  ]);
}

function touchedDays(readings: readonly TouchedReading[]): readonly TouchedDay[] {
  const days = new Map<string, TouchedDay>();
  for (const { stationId, instant } of readings) {
    const day = instant.slice(0, 10);
    const key = `${stationId} ${day}`;
    const known = days.get(key);
    // Canonical instants sort as texts.
    if (known === undefined) days.set(key, { stationId, day, from: instant, to: instant });
    else if (instant < known.from) known.from = instant;
    else if (instant > known.to) known.to = instant;
  }
  return [...days.values()].sort((a, b) => a.stationId - b.stationId || (a.day < b.day ? -1 : 1));
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
