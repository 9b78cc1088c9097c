import type { DeviceState } from '@envigate/domain';
import type { Session } from '../connection/session.ts';

/** What notices are made from beside the gaps: readings of the last hours and days. */

/**
 * How many readings of each parameter each station has from `from` on, before `to`. Reads the readings of that
 * time: for a day of 200 stations half a million rows, a second or two.
 */
export async function countReadings(
  session: Session,
  from: Date,
  to: Date,
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const rows = await session.query<{ station: string; parameter: string; count: number }>(
    `SELECT station, parameter, count
     FROM (SELECT station_id, parameter_id, count(*) AS count FROM readings
           WHERE instant >= $1 AND instant < $2 GROUP BY 1, 2) counted
     JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)`,
    [from, to],
  );
  const counts = new Map<string, Map<string, number>>();
  for (const { station, parameter, count } of rows) {
    const known = counts.get(station);
    if (known === undefined) counts.set(station, new Map([[parameter, count]]));
    else known.set(parameter, count);
  }
  return counts;
}

interface StateRow {
  readonly station: string;
  readonly parameter: string;
  readonly status: string;
  readonly first: Date;
  readonly last: Date;
  readonly notCalibrating: Date | null;
  readonly notFaulty: Date | null;
}

/** A first reading later than this after the beginning of a look is the first of a series. */
const beginsMs = 1_800_000;

/** Of each parameter that has readings from `from` on, before `to`, what its device says of itself. */
export async function readDeviceStates(
  session: Session,
  from: Date,
  to: Date,
): Promise<readonly DeviceState[]> {
  const rows = await session.query<StateRow>(
    `SELECT station, parameter, status, first, last, "notCalibrating", "notFaulty"
     FROM (SELECT station_id, parameter_id, min(instant) AS first, max(instant) AS last,
                  (array_agg(status ORDER BY instant DESC))[1] AS status,
                  max(instant) FILTER (WHERE status <> '01') AS "notCalibrating",
                  max(instant) FILTER (WHERE status <> '02') AS "notFaulty"
           FROM readings WHERE instant >= $1 AND instant < $2 GROUP BY 1, 2) state
     JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)`,
    [from, to],
  );
  return rows.map(({ station, parameter, status, first, last, notCalibrating, notFaulty }) => {
    const of = { station, parameter, last: last.getTime() };
    // Of data that begin here nobody knows a time before.
    const begin = first.getTime() - from.getTime() > beginsMs ? first.getTime() : undefined;
    if (status === '01')
      return { ...of, condition: 'calibration', since: notCalibrating?.getTime() ?? begin };
    if (status === '02') return { ...of, condition: 'fault', since: notFaulty?.getTime() ?? begin };
    return { ...of, condition: undefined, since: undefined };
  });
}
