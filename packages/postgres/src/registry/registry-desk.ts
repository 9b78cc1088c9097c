import {
  RegistryView,
  acceptStation,
  choosePending,
  isStillPending,
  stationFolder,
  type AcceptanceOutcome,
  type PendingPlace,
  type PendingStation,
  type RegistryDesk,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { listPendingStations } from './list-pending-stations.ts';
import { listRegistryChanges } from './list-registry-changes.ts';
import { changeRegistry, exportRegistry, registryAt } from './registry-store.ts';

/** In place of a folder, which is absolute. */
const anyFolder = '';

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
      const choice = choosePending(await pending(place), place.folder, acceptance.anyFolder);
      if (choice.kind === 'none') return { kind: 'not-pending' };
      if (choice.kind === 'unclear') return { kind: 'refused', reason: choice.reason };
      const unknown = choice.station;
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
    async dismissStation({ account, prefix, folder }, note, actor) {
      const choice = choosePending(await pending({ account, prefix }), folder, true);
      if (choice.kind === 'none') return false;
      const place = [account, prefix, folder === undefined ? anyFolder : stationFolder(folder)];
      await database.execute(
        `INSERT INTO pending_station_dismissals (account, prefix, folder, actor, note)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account, prefix, folder)
         DO UPDATE SET actor = $4, note = $5, dismissed_at = now()`,
        [...place, actor, note],
      );
      return true;
    },
  };
}
