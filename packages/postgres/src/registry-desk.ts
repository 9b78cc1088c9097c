import {
  RegistryView,
  acceptStation,
  isStillPending,
  unknownStationOf,
  type AcceptanceOutcome,
  type PendingPlace,
  type PendingStation,
  type RegistryDesk,
} from '@envigate/domain';
import type { Database } from './database.ts';
import { listPendingStations } from './queries/list-pending-stations.ts';
import { listRegistryChanges } from './queries/list-registry-changes.ts';
import { changeRegistry, exportRegistry, registryAt } from './registry-store.ts';

/** What people ask of the registry and decide about it, on the tables. */
export function registryDesk(database: Database): RegistryDesk {
  const pending = async (place?: PendingPlace): Promise<readonly PendingStation[]> => {
    const view = new RegistryView(await exportRegistry(database));
    const stations = await listPendingStations(database, place);
    return stations.filter((station) => isStillPending(station, view));
  };
  return {
    registry: (at) => (at === undefined ? exportRegistry(database) : registryAt(database, at)),
    changes: (filter) => listRegistryChanges(database, filter),
    pendingStations: () => pending(),
    async acceptStation(place, acceptance, actor) {
      const [station] = await pending(place);
      if (station === undefined) return { kind: 'not-pending' };
      const unknown = unknownStationOf(station);
      let outcome: AcceptanceOutcome | undefined;
      await changeRegistry(
        database,
        (registry) => {
          outcome = acceptStation(registry, unknown, acceptance);
          return outcome.kind === 'accepted' ? outcome.registry : registry;
        },
        { actor },
      );
      if (outcome?.kind !== 'accepted') return outcome ?? { kind: 'not-pending' };
      const { station: accepted, unknownSymbols, warnings } = outcome;
      return { kind: 'accepted', station: accepted, unknownSymbols, warnings };
    },
    async dismissStation({ account, prefix }, note, actor) {
      const [station] = await pending({ account, prefix });
      if (station === undefined) return false;
      await database.execute(
        `INSERT INTO pending_station_dismissals (account, prefix, actor, note)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (account, prefix)
         DO UPDATE SET actor = $3, note = $4, dismissed_at = now()`,
        [account, prefix, actor, note],
      );
      return true;
    },
  };
}
