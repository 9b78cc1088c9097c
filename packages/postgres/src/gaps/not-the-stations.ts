import { type NotTheStations, plannedStopsOf, type RegistrySource } from '@envigate/domain';
import { receptionOutages } from '../outages/reception-outages.ts';
import { stopsDuring } from '../stops/planned-stops.ts';
import type { ReadNotTheStations } from './gap-store.ts';

/** Reads when stations were meant to stop, and when no receiver could have heard them. */
export function readNotTheStations(registry: RegistrySource): ReadNotTheStations {
  return async (tx, stations, within) => {
    const view = registry.current();
    const unheard = await receptionOutages(tx, registry).outagesOfAll(within, view);
    const stops = await stopsDuring(tx, within);
    return new Map(
      stations.map((station): [string, NotTheStations] => {
        const notHeard = unheard
          .ofStation(station)
          .map((one) => ({ ...one, id: new Date(one.from).toISOString() }));
        return [station, { plannedStops: plannedStopsOf(stops, view, [station]), notHeard }];
      }),
    );
  };
}
