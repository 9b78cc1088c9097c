import type { NormalisedFile } from '@envigate/contracts';
import type { RegistryView } from '../registry/registry-view.ts';
import { enabledTargets } from './enabled-targets.ts';
import { deliveryFileName } from './file-name.ts';
import { isForwardable } from './is-forwardable.ts';
import { writeOfficialFile, type OfficialRow } from './official-file.ts';

/** What one target of the ministry is to get of one file. Fixed when planned: a retry sends the same bytes. */
export interface PlannedDelivery {
  readonly target: string;
  readonly station: string;
  /** UTC instant of the last reading in the payload; orders the deliveries of a station. */
  readonly dataInstant: string;
  readonly fileName: string;
  readonly payload: Uint8Array;
}

const vietnamUtcOffsetMinutes = 420;

/**
 * One delivery per enabled target of the station, with what may be forwarded of the file. Empty
 * where nothing may, or where the registry knows no such station or target.
 */
export function planDeliveries(
  file: NormalisedFile,
  registry: RegistryView,
): readonly PlannedDelivery[] {
  const station = registry.stations.get(file.station);
  if (station === undefined) return [];
  const targets = enabledTargets(station, registry);
  if (targets.length === 0) return [];
  const rows = forwardableRows(file, registry);
  const last = rows.at(-1);
  if (last === undefined) return [];

  const offset = station.utcOffsetMinutes ?? vietnamUtcOffsetMinutes;
  const facility = registry.facilities.get(station.facility);
  const payload = writeOfficialFile(rows, offset);
  const dataInstantMs = Date.parse(last.reading.instant);
  return targets.map((target) => ({
    target: target.code,
    station: station.code,
    dataInstant: new Date(dataInstantMs).toISOString(),
    fileName: deliveryFileName(target, station, facility, dataInstantMs, offset),
    payload,
  }));
}

/**
 * In time order, as the ministry's reader takes a file's time from its last line. Symbols that
 * the registry does not know have no official name, so their readings stay with us.
 */
function forwardableRows(file: NormalisedFile, registry: RegistryView): readonly OfficialRow[] {
  return file.readings
    .flatMap((reading) => {
      const parameter = registry.parameters.get(reading.parameter);
      return parameter !== undefined && isForwardable(reading) ? [{ parameter, reading }] : [];
    })
    .sort((a, b) => Date.parse(a.reading.instant) - Date.parse(b.reading.instant));
}
