import { readReception } from '@envigate/contracts';
import {
  lookForSilence,
  type Look,
  seemsSilent,
  unknownStation,
  type StationState,
} from '@envigate/domain';
import { streams, type EventLog, type StreamName } from '@envigate/event-log';
import type { HeardStation } from '@envigate/postgres';
import { publishDecision, reportChanges } from './gap-events.ts';
import { from, group } from './hear-arrivals.ts';
import {
  findJointSilences,
  mayBeJoint,
  type HeardStations,
  type JointParts,
} from './joint-silences.ts';
import { rulesOf } from './station-rules.ts';

export interface SilenceParts extends JointParts {
  readonly eventLog: Pick<EventLog, 'scan' | 'partitions' | 'groupPositions' | 'identity'>;
  /** The group that turns station.files into station.readings: what it has not yet is on its way. */
  readonly upstreamGroup: string;
  /** A break between two looks that is longer was an outage of ours. */
  readonly pauseMs: number;
}

/**
 * One look: opens gaps and raises levels of stations that are silent. Safe to be made by several
 * instances at once, late, or not at all: everything is computed from data time.
 */
export async function lookForSilentStations(parts: SilenceParts): Promise<void> {
  const { store, clock, emit, pauseMs } = parts;
  const now = clock();
  const watch = await store.watch(now, pauseMs);
  if (watch.setBackSeconds > 0) emit('clock-set-back', { seconds: watch.setBackSeconds });
  const listeningSince = watch.listeningSince.getTime();
  const heard = await store.lastHeard();
  const stations = silentStations(parts, heard, { now: now.getTime(), listeningSince });
  const joint = await store.jointSilences();
  if (stations.length === 0 && !mayBeJoint(parts, heard, joint)) return;

  const until = await heardUntil(parts.eventLog, await stagesOf(parts), now);
  if (until === undefined) {
    emit('silence-held', { stations: stations.length });
    return;
  }
  const look = { now: until.getTime(), listeningSince };
  const apply = async (of: readonly string[], more: Partial<Look> = {}): Promise<void> => {
    if (of.length === 0) return;
    const decisions = await store.applySilence(of, (station, state) =>
      lookAt(station, state, { ...look, ...more }, parts),
    );
    reportChanges(decisions, emit);
  };
  await apply(stations);
  await apply(await findJointSilences(parts, heard, joint, look.now), { isAttributionDue: true });
}

/** Positions are read before the streams: what moves on meanwhile is met twice, never missed. */
async function stagesOf({
  eventLog,
  store,
  upstreamGroup,
}: SilenceParts): Promise<readonly Stage[]> {
  const log = await eventLog.identity(from);
  const partitions = await eventLog.partitions(from);
  const readings = await store.positions(group, { log, stream: from }, partitions);
  const files = await eventLog.groupPositions(upstreamGroup, streams.files);
  return [
    { stream: streams.files, positions: files },
    { stream: from, positions: readings },
  ];
}

/**
 * Stations of which a look may find something new. One that the registry does not know any more is not
 * expected to send; one that never sent is, from the time on that the registry names.
 */
function silentStations(
  { registry, graceMinutes }: SilenceParts,
  heard: HeardStations,
  look: Look,
): readonly string[] {
  const view = registry.current();
  return [...view.stations.keys()].filter((station) => {
    const { rules } = rulesOf(view, station, graceMinutes);
    return seemsSilent(heard.get(station)?.state ?? unknownStation, look, rules);
  });
}

function lookAt(
  station: string,
  state: StationState,
  look: Look,
  { registry, clock, graceMinutes }: SilenceParts,
): HeardStation | undefined {
  const view = registry.current();
  if (!view.stations.has(station)) return undefined;
  const { rules, judgedBy } = rulesOf(view, station, graceMinutes);
  return {
    ...{ heard: lookForSilence(state, look, rules), rules, judgedBy },
    fileOf: () => undefined,
    publish: publishDecision(clock()),
  };
}

/** A stage on the way to the detector: a stream, and how far its reader is (one per partition). */
interface Stage {
  readonly stream: StreamName;
  readonly positions: readonly number[];
}

const mostOnTheWay = 1_000;

/**
 * Up to when the detector has heard everything that was received: until `now` where nothing is on
 * the way, until the reception of the oldest file that is; undefined where too many are to judge
 * any silence. Otherwise what merely waits in our own queues would count as a station's gap.
 */
async function heardUntil(
  eventLog: Pick<EventLog, 'scan'>,
  stages: readonly Stage[],
  now: Date,
): Promise<Date | undefined> {
  let until = now.getTime();
  let onTheWay = 0;
  for (const { stream, positions } of stages) {
    for await (const record of eventLog.scan(stream, positions)) {
      onTheWay += 1;
      if (onTheWay > mostOnTheWay) return undefined;
      until = Math.min(until, receivedAt(record.value) ?? until);
    }
  }
  return new Date(until);
}

/** Only this much is read, of messages of every version; undefined where there is nothing to read. */
function receivedAt(value: Uint8Array): number | undefined {
  const instant = Date.parse(String(readReception(value)?.receivedAt));
  return Number.isNaN(instant) ? undefined : instant;
}
