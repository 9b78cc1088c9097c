import type { DeliveryState, Reading, Station, Target } from '@envigate/contracts';
import { defaultUtcOffsetMinutes } from '../normalise/normalise-file.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { deliveryFileName, isForwardable, writeOfficialFile } from './official-file.ts';

/** What a delivery needs to know of a reading. */
export type MomentReading = Pick<
  Reading,
  | 'parameter'
  | 'value'
  | 'unit'
  | 'rawValue'
  | 'rawUnit'
  | 'status'
  | 'statusCode'
  | 'flag'
  | 'reasons'
  | 'factor'
>;

/** All that is on record of one station at one instant. */
export interface Moment {
  readonly station: string;
  /** UTC, ISO 8601. */
  readonly instant: string;
  readonly readings: readonly MomentReading[];
}

/** What one target is to get of a moment. */
export interface PlannedTarget {
  readonly target: string;
  readonly fileName: string;
  /** A further delivery of the moment gets a name of its own. */
  readonly namedApart: boolean;
  /** How long the delivery waits for further files of the moment. */
  readonly gatherMs: number;
}

export interface MomentPlan {
  /** The whole moment in the official form; empty where nothing of it may be forwarded. */
  readonly payload: Uint8Array;
  readonly targets: readonly PlannedTarget[];
}

/** Loggers with a file per analyser send them within a second or two of each other. */
const defaultGatherSeconds = 2;

/**
 * One moment, one delivery: every file at the ministry has the rows of one instant, and all of
 * them. So it does not matter whether the ministry takes a file's time from its last line, keeps
 * the last file of a name, or replaces what it knew of the instant. Undefined where the registry
 * does not know the station. Symbols that the registry does not know have no official name, so
 * their readings stay with us.
 */
export function planMoment(
  { station: code, instant, readings }: Moment,
  registry: RegistryView,
): MomentPlan | undefined {
  const station = registry.stations.get(code);
  if (station === undefined) return undefined;
  const offset = station.utcOffsetMinutes ?? defaultUtcOffsetMinutes;
  const facility = registry.facilities.get(station.facility);
  const instantMs = Date.parse(instant);
  const targets = enabledTargets(station, registry).map((target) => ({
    target: target.code,
    fileName: deliveryFileName(target, station, facility, instantMs, offset),
    namedApart: target.sameMoment === 'apart',
    gatherMs: (target.gatherSeconds ?? defaultGatherSeconds) * 1_000,
  }));
  let payload: Uint8Array | undefined;
  return {
    targets,
    // Written when it is first asked for: many stations have no target.
    get payload() {
      return (payload ??= writeMoment(readings, registry, instantMs, offset));
    },
  };
}

function writeMoment(
  readings: readonly MomentReading[],
  { parameters }: RegistryView,
  instantMs: number,
  utcOffsetMinutes: number,
): Uint8Array {
  const rows = readings.flatMap((reading) => {
    const parameter = parameters.get(reading.parameter);
    return parameter !== undefined && isForwardable(reading) ? [{ parameter, reading }] : [];
  });
  return writeOfficialFile(rows, instantMs, utcOffsetMinutes);
}

/** Where the station's files are forwarded to at present, each target once. */
export function enabledTargets(
  { targets = [] }: Pick<Station, 'targets'>,
  registry: Pick<RegistryView, 'targets'>,
): readonly Target[] {
  return [...new Set(targets)].flatMap((code) => {
    const target = registry.targets.get(code);
    return target === undefined || target.disabled === true ? [] : [target];
  });
}

/** Why a delivery that is due is not even tried; undefined where nothing in the registry is in its way. */
export function waitsFor(
  { state, target: code }: { readonly state: DeliveryState; readonly target: string },
  registry: Pick<RegistryView, 'targets'>,
): 'target-disabled' | 'target-unknown' | undefined {
  if (state !== 'due') return undefined;
  const target = registry.targets.get(code);
  if (target === undefined) return 'target-unknown';
  return target.disabled === true ? 'target-disabled' : undefined;
}
