import type { GapSettings, RegistryView } from '@envigate/domain';

const minute = 60_000;
const defaultIntervalMinutes = 5;

/** Of a station, known to the registry or not: data of a station just removed still have an interval. */
export function gapSettings(
  registry: RegistryView,
  station: string,
  graceMinutes: number,
): GapSettings {
  const minutes = registry.stations.get(station)?.intervalMinutes ?? defaultIntervalMinutes;
  return { interval: minutes * minute, grace: graceMinutes * minute };
}
