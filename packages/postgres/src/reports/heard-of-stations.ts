import type { HeardOfStation } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import { heardLast } from '../record/list-receptions.ts';

interface HeardRow {
  readonly station: string;
  readonly lastInstant: Date | null;
  readonly lastReceivedAt: Date | null;
}

/** When stations were heard last: two steps on an index each. One that the record does not know is not in it. */
export async function readHeardOf(
  session: Session,
  stations: readonly string[],
): Promise<ReadonlyMap<string, HeardOfStation>> {
  const rows = await session.query<HeardRow>(selectHeard, [stations]);
  return new Map(
    rows.map(({ station, lastInstant, lastReceivedAt }) => [
      station,
      { lastInstant: lastInstant ?? undefined, lastReceivedAt: lastReceivedAt ?? undefined },
    ]),
  );
}

const selectHeard = statement(
  'report-heard',
  `SELECT station.station, newest.instant AS "lastInstant",
          ${heardLast('station.station_id', `'infinity'`)} AS "lastReceivedAt"
   FROM station_keys station
   LEFT JOIN LATERAL (SELECT instant FROM readings WHERE station_id = station.station_id
                      ORDER BY instant DESC LIMIT 1) newest ON true
   WHERE station.station = ANY($1)`,
);
