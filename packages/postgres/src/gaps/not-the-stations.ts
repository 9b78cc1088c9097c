import { type NotTheStations, plannedStopsOf, type RegistrySource } from '@envigate/domain';
import { receptionOutages } from '../outages/reception-outages.ts';
import { stopsDuring } from '../stops/planned-stops.ts';
import type { ReadNotTheStations } from './gap-store.ts';
import { attributionsDuring } from './joint-silences.ts';

/**
 * Reads when stations were meant to stop, when no receiver could have heard them, and what joint silences and
 * persons decided whose gaps are.
 */
export function readNotTheStations(registry: RegistrySource): ReadNotTheStations {
  return async (tx, stations, within) => {
    const view = registry.current();
    const unheard = await receptionOutages(tx, registry).outagesOfAll(within, view);
    const stops = await stopsDuring(tx, within);
    const attributions = await attributionsDuring(tx, stations, within);
    return new Map(
      stations.map((station): [string, NotTheStations] => {
        const notHeard = unheard
          .ofStation(station)
          .map((one) => ({ ...one, id: new Date(one.from).toISOString() }));
        const { doubts = [], notHeard: decided = [] } = attributions.get(station) ?? {};
        const plannedStops = plannedStopsOf(stops, view, [station]);
        return [station, { plannedStops, notHeard: [...notHeard, ...decided], doubts }];
      }),
    );
  };
}
