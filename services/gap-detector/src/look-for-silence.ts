import { readReception } from '@envigate/contracts';
import { applySilence, type Silence, type Timeline } from '@envigate/domain';
import { streams, type EventLog, type StreamName } from '@envigate/event-log';
import type { GapDecision } from '@envigate/postgres';
import {
  gapEvent,
  gapSettings,
  from,
  group,
  type DetectorParts,
  reportChanges,
} from './hear-arrivals.ts';

export interface SilenceParts extends DetectorParts {
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
export async function lookForSilence(parts: SilenceParts): Promise<void> {
  const { store, clock, emit, pauseMs } = parts;
  const now = clock();
  const watch = await store.watch(now, pauseMs);
  if (watch.setBackSeconds > 0) emit('clock-set-back', { seconds: watch.setBackSeconds });
  const listeningSince = watch.listeningSince.getTime();
  const decide = (silence: Silence) => (station: string, timeline: Timeline) =>
    decideSilence(station, timeline, silence, parts);

  const seemsSilent = decide({ now: now.getTime(), listeningSince });
  const stations = Array.from(await store.lastHeard())
    .filter(([station, timeline]) => seemsSilent(station, timeline) !== undefined)
    .map(([station]) => station);
  if (stations.length === 0) return;

  const until = await heardUntil(parts.eventLog, await wayOf(parts), now);
  if (until === undefined) {
    emit('silence-held', { stations: stations.length });
    return;
  }
  const isSilent = decide({ now: until.getTime(), listeningSince });
  reportChanges(await store.applySilence(stations, isSilent), emit);
}

/** Positions are read before the streams: what moves on meanwhile is met twice, never missed. */
async function wayOf({ eventLog, store, upstreamGroup }: SilenceParts) {
  const log = await eventLog.identity(from);
  const partitions = await eventLog.partitions(from);
  const readings = await store.positions(group, { log, stream: from }, partitions);
  const files = await eventLog.groupPositions(upstreamGroup, streams.files);
  return [
    { stream: streams.files, positions: files },
    { stream: from, positions: readings },
  ];
}

/** A station that the registry does not know any more is not expected to send. */
function decideSilence(
  station: string,
  timeline: Timeline,
  silence: Silence,
  { registry, clock, graceMinutes }: SilenceParts,
): GapDecision | undefined {
  const view = registry.current();
  if (!view.stations.has(station)) return undefined;
  const found = applySilence(timeline, silence, gapSettings(view, station, graceMinutes));
  if (found === undefined) return undefined;
  const finding = { change: found.change, fileId: undefined };
  const events = [gapEvent(station, finding, clock())];
  return { station, timeline: found.timeline, findings: [finding], events };
}

/** A stretch of the way to the detector: a stream, and how far its reader is (one per partition). */
interface Stretch {
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
  stretches: readonly Stretch[],
  now: Date,
): Promise<Date | undefined> {
  let until = now.getTime();
  let onTheWay = 0;
  for (const { stream, positions } of stretches) {
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
