import type { RecordedStretch } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';

/** A stretch of a station's data in which readings vanished, or that a person wants judged anew. */
export interface DueStretch {
  readonly stationId: number;
  readonly station: string;
  /** UTC, yyyy-MM-dd; with the station it names the row. */
  readonly day: string;
  /** Both ends belong to it. */
  readonly from: Date;
  readonly to: Date;
  /** How often it was noted: a row that was noted again meanwhile stays. */
  readonly changes: number;
}

/** The first rows; each is a day of a station. */
export function readGapsDue(session: Session, limit: number): Promise<readonly DueStretch[]> {
  return session.query<DueStretch>(
    `SELECT station_id AS "stationId", station, day::text, from_instant AS "from", to_instant AS "to", changes
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

/** What the record holds of it now. */
export async function readStretch(
  tx: Session,
  { stationId, from, to }: DueStretch,
): Promise<Omit<RecordedStretch, 'now'>> {
  const [bounds] = await tx.query<{ first: Date | null; last: Date | null }>(selectBounds, [
    stationId,
  ]);
  const rows = await tx.query<{ instant: Date }>(selectInstants, [stationId, from, to]);
  const { first = null, last = null } = bounds ?? {};
  return {
    coverage:
      first === null || last === null
        ? undefined
        : { first: first.getTime(), last: last.getTime() },
    instants: rows.map(({ instant }) => instant.getTime()),
  };
}

const selectBounds = statement(
  'gaps-due-bounds',
  'SELECT min(instant) AS first, max(instant) AS last FROM readings WHERE station_id = $1',
);

const selectInstants = statement(
  'gaps-due-instants',
  `SELECT max(instant) AS instant FROM readings WHERE station_id = $1 AND instant < $2
     HAVING max(instant) IS NOT NULL
   UNION
   SELECT instant FROM readings WHERE station_id = $1 AND instant BETWEEN $2 AND $3
   UNION
   SELECT min(instant) FROM readings WHERE station_id = $1 AND instant > $3
     HAVING min(instant) IS NOT NULL
   ORDER BY instant`,
);
