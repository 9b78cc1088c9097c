import type { StationActivity } from '@envigate/contracts';
import type { GapLevel } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';

/** A station sends 288 files a day; one that sends all of a month again, 8,640. */
const maxOfStation = 10_000;

// The newest reading and reception are one step on an index each; the day is counted in one pass.
const select = statement(
  'station-activity',
  `WITH day AS (
     SELECT station.station_id,
            count(*) FILTER (WHERE outcome = 'stored')      AS stored,
            count(*) FILTER (WHERE outcome = 'duplicate')   AS duplicates,
            count(*) FILTER (WHERE outcome = 'quarantined') AS quarantined,
            sum(new_readings)::bigint AS readings, sum(corrections)::bigint AS corrections
     FROM station_keys station
     CROSS JOIN LATERAL (
       SELECT outcome, new_readings, corrections FROM receptions
       WHERE station_id = station.station_id
         AND received_at > now() - interval '24 hours' AND received_at < now() + interval '1 hour'
       ORDER BY received_at DESC LIMIT ${maxOfStation}) reception
     WHERE station.station = ANY($1)
     GROUP BY station.station_id
   )
   SELECT station.station, newest.instant AS last_instant, heard.received_at AS last_received_at,
          gap.from_instant AS gap_from, gap.level AS gap_level,
          coalesce(day.stored, 0) AS stored, coalesce(day.duplicates, 0) AS duplicates,
          coalesce(day.quarantined, 0) AS quarantined, coalesce(day.readings, 0) AS readings,
          coalesce(day.corrections, 0) AS corrections
   FROM station_keys station
   LEFT JOIN LATERAL (SELECT instant FROM readings WHERE station_id = station.station_id
                      ORDER BY instant DESC LIMIT 1) newest ON true
   LEFT JOIN LATERAL (SELECT received_at FROM receptions
                      WHERE station_id = station.station_id
                        AND received_at < now() + interval '1 hour'
                      ORDER BY received_at DESC LIMIT 1) heard ON true
   LEFT JOIN LATERAL (SELECT from_instant, level FROM gaps
                      WHERE station_id = station.station_id AND to_instant IS NULL
                        AND removed_at IS NULL
                      ORDER BY from_instant LIMIT 1) gap ON true
   LEFT JOIN day ON day.station_id = station.station_id
   WHERE station.station = ANY($1)`,
);

type DayFigures = StationActivity['lastDay'];

interface ActivityRow extends DayFigures {
  readonly station: string;
  readonly last_instant: Date | null;
  readonly last_received_at: Date | null;
  readonly gap_from: Date | null;
  readonly gap_level: GapLevel | null;
}

const silent: StationActivity = {
  lastInstant: null,
  lastReceivedAt: null,
  openGap: null,
  lastDay: { stored: 0, duplicates: 0, quarantined: 0, readings: 0, corrections: 0 },
};

/** One entry per station named; one that never sent anything is silent. */
export async function readStationActivity(
  session: Session,
  stations: readonly string[],
): Promise<ReadonlyMap<string, StationActivity>> {
  const rows = await session.query<ActivityRow>(select, [stations]);
  const heard = new Map(rows.map((row) => [row.station, activityOf(row)]));
  return new Map(stations.map((station) => [station, heard.get(station) ?? silent]));
}

function activityOf(row: ActivityRow): StationActivity {
  const { stored, duplicates, quarantined, readings, corrections } = row;
  return {
    lastInstant: row.last_instant,
    lastReceivedAt: row.last_received_at,
    openGap:
      row.gap_from === null || row.gap_level === null
        ? null
        : { from: row.gap_from, level: row.gap_level },
    lastDay: { stored, duplicates, quarantined, readings, corrections },
  };
}
