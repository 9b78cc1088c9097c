import type { Replay } from '@envigate/contracts';
import type { RegistryView } from '../registry/registry-view.ts';

/**
 * What of that which a person assigned to files the registry does not know; undefined where it
 * knows all. It is said before the files are put on their way: they would only come back refused.
 */
export function unknownInDecision(
  { station, profile }: Pick<Replay, 'station' | 'profile'>,
  registry: RegistryView,
): string | undefined {
  if (station !== undefined && !registry.stations.has(station)) {
    return `station '${station}' is not in the registry`;
  }
  if (profile !== undefined && !registry.profiles.has(profile)) {
    return `profile '${profile}' is not in the registry`;
  }
  return undefined;
}
