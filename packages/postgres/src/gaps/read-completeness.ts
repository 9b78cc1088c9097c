import {
  gapRulesOf,
  missingInstants,
  stretchesOfStops,
  type Completeness,
  type RegistryView,
} from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import { stopsDuring } from '../stops/planned-stops.ts';

export interface CompletenessFilter {
  readonly station: string;
  /** Undefined: any data of the station. */
  readonly parameter: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

const dayMs = 86_400_000;

/** What of the data of [from, to) is there, and what is missing of it, by the registry as it is now. */
export async function readCompleteness(
  session: Session,
  view: RegistryView,
  { station, parameter, from, to }: CompletenessFilter,
): Promise<Completeness> {
  const within = { from: from.getTime(), to: to.getTime() };
  const ofParameter = `AND parameter_id = (SELECT parameter_id FROM parameter_keys WHERE parameter = $4)`;
  // The last instant before says when the next was due.
  const rows = await session.query<{ at: Date }>(
    `SELECT instant AS at FROM readings
     WHERE station_id = (SELECT station_id FROM station_keys WHERE station = $1)
       AND instant >= $2 AND instant < $3 ${parameter === undefined ? '' : ofParameter}
     GROUP BY instant ORDER BY instant`,
    [station, new Date(within.from - dayMs), to, ...(parameter === undefined ? [] : [parameter])],
  );
  const stops = await stopsDuring(session, within);
  return missingInstants(gapRulesOf(view, station, 0), parameter, {
    within,
    instants: rows.map(({ at }) => at.getTime()),
    stops: stretchesOfStops(stops, view, station, parameter),
  });
}
