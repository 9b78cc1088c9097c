import type { ClockLags } from '@envigate/contracts';
import { statement, type Session } from '../connection/session.ts';

const select = statement(
  'station-clocks',
  `SELECT station, files, first_received_at AS "from", last_received_at AS "to",
          least_lag_seconds AS "leastSeconds", median_lag_seconds AS "medianSeconds"
   FROM station_clocks WHERE $1::text[] IS NULL OR station = ANY($1)`,
);

/** By station; of these only where some are named. None of one without a file in the last 24 h. */
export async function readStationClocks(
  session: Session,
  stations?: readonly string[],
): Promise<ReadonlyMap<string, ClockLags>> {
  const rows = await session.query<ClockLags & { station: string }>(select, [stations ?? null]);
  return new Map(rows.map(({ station, ...lags }) => [station, lags]));
}
