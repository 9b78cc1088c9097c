import type { Stretch } from '@envigate/domain';
import { numberArray, statement, textArray, type Session } from '../connection/session.ts';

/**
 * Notes in the caller's transaction that gaps of stations are to be judged anew, as what is not held against
 * them changed; the gap detector takes the rows away. Stretches must have an end.
 */
export async function noteStretchesDue(
  tx: Session,
  stations: 'all' | readonly string[],
  stretches: readonly Stretch[],
): Promise<void> {
  if (stretches.length === 0 || stations.length === 0) return;
  const from = numberArray(stretches.map((one) => one.from));
  const to = numberArray(stretches.map((one) => one.to ?? one.from));
  await tx.execute(note, [stations === 'all' ? null : textArray(stations), from, to]);
}

/**
 * Of each station only the days that its data reach over. Before the first there is no gap; after the last one is
 * open, which is judged as a whole: one day of it is enough.
 */
const note = statement(
  'gaps-due-note-stretches',
  `INSERT INTO gaps_due AS due (station_id, day, from_instant, to_instant)
   SELECT station_id, day::date, min(greatest(from_instant, day AT TIME ZONE 'UTC')),
          max(least(to_instant, (day + interval '1 day') AT TIME ZONE 'UTC'))
   FROM station_keys
   JOIN coverage USING (station_id)
   CROSS JOIN LATERAL (
     SELECT greatest(to_timestamp(from_ms / 1000), first_instant) AS from_instant,
            least(to_timestamp(to_ms / 1000), greatest(last_instant, now())) AS to_instant,
            last_instant
     FROM unnest($2::double precision[], $3::double precision[]) AS given (from_ms, to_ms)
   ) stretch
   CROSS JOIN LATERAL generate_series(date_trunc('day', from_instant AT TIME ZONE 'UTC'),
                                      greatest(from_instant, least(to_instant, stretch.last_instant))
                                        AT TIME ZONE 'UTC', interval '1 day') AS day
   WHERE ($1::text[] IS NULL OR station = ANY ($1)) AND from_instant < to_instant
   GROUP BY station_id, day
   ORDER BY station_id, day
   ON CONFLICT (station_id, day) DO UPDATE SET
     from_instant = least(due.from_instant, excluded.from_instant),
     to_instant = greatest(due.to_instant, excluded.to_instant),
     changes = due.changes + 1`,
);
