import { createHash } from 'node:crypto';
import {
  instantsOf,
  type InstantsOfFile,
  gapEventCodec,
  type GapEvent,
  type GapState,
} from '@envigate/contracts';
import {
  applyInstants,
  type RegistrySource,
  dataInstants,
  type Arrival,
  type Gap,
  type GapSettings,
  type RegistryView,
} from '@envigate/domain';
import { streams, type DrainBatch, type DrainSink, type OutgoingRecord } from '@envigate/event-log';
import type { GapDecision, GapStore, SinkMove, GapFinding } from '@envigate/postgres';
import { messageOf, type Clock, type Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

export const group = 'gap-detector';
export const from = streams.readings;

export interface DetectorParts {
  readonly registry: RegistrySource;
  readonly store: GapStore;
  readonly clock: Clock;
  readonly emit: Emit<typeof events>;
  readonly graceMinutes: number;
}

/** Takes readings as signs of life: gaps, their events and the position, in one transaction. */
export function hearArrivals(parts: DetectorParts): DrainSink {
  const { store, emit } = parts;
  return {
    position: (partition) => store.position(group, partition),
    earlierLog: (partition) => store.earlierLog(group, partition),
    async commit(batch) {
      const files = batch.records.map(instantsOf);
      const { byStation, future } = arrivalsOf(files);
      const decisions = await store.applyArrivals(moveOf(batch), byStation, (station, timeline) => {
        const arrival = byStation.get(station);
        return arrival === undefined ? undefined : decide(station, timeline, arrival, parts);
      });
      for (const [station, instants] of future) emit('future-data-ignored', { station, instants });
      reportChanges(decisions, emit);
    },
    async reject(batch, error) {
      for (const message of batch.records) {
        const isNew = await store.keepUndecodable(moveOf(batch), message, messageOf(error));
        const { partition, offset, id: recordId } = message;
        if (!isNew) continue; // the event log handed it over again
        emit('message-undecodable', { partition, offset, recordId, error: messageOf(error) });
      }
    },
  };
}

function decide(
  station: string,
  timeline: Parameters<typeof applyInstants>[0],
  arrival: Parameters<typeof applyInstants>[1] & { readonly fileOf: ReadonlyMap<number, string> },
  { registry, clock, graceMinutes }: DetectorParts,
): GapDecision | undefined {
  const settings = gapSettings(registry.current(), station, graceMinutes);
  const applied = applyInstants(timeline, arrival, settings);
  if (applied === undefined) return undefined;
  const findings = applied.changes.map((change) => ({
    change,
    fileId: change.cause === undefined ? undefined : arrival.fileOf.get(change.cause),
  }));
  const at = clock();
  const reported = findings.map((finding) => gapEvent(station, finding, at));
  return { station, timeline: applied.timeline, findings, events: reported };
}

function moveOf({ partition, from: begin, to }: DrainBatch): SinkMove {
  return { consumer: group, partition, from: begin, to };
}

/** What a batch brought of one station. */
interface StationArrival extends Arrival {
  readonly instants: readonly number[];
  readonly receivedAt: number;
  readonly first: number;
  readonly last: number;
  /** The file that brought an instant. */
  readonly fileOf: ReadonlyMap<number, string>;
}

interface Arrivals {
  readonly byStation: ReadonlyMap<string, StationArrival>;
  /** Instants too far in the future, by station. */
  readonly future: ReadonlyMap<string, number>;
}

/** Whatever the readings' values and status, and whether the file came before: data came. */
function arrivalsOf(files: readonly InstantsOfFile[]): Arrivals {
  const fileOf = new Map<string, Map<number, string>>();
  const receivedAt = new Map<string, number>();
  const future = new Map<string, number>();
  for (const file of files) {
    const { station, reception } = file;
    const found = dataInstants(file);
    if (found.future > 0) future.set(station, (future.get(station) ?? 0) + found.future);
    if (found.instants.length === 0) continue;
    const known = fileOf.get(station) ?? new Map<number, string>();
    fileOf.set(station, known);
    for (const instant of found.instants)
      if (!known.has(instant)) known.set(instant, reception.fileId);
    const last = receivedAt.get(station) ?? 0;
    receivedAt.set(station, Math.max(last, Date.parse(reception.receivedAt)));
  }
  const byStation = new Map(
    Array.from(fileOf, ([station, files_]): [string, StationArrival] => {
      const instants = Array.from(files_.keys()).sort((a, b) => a - b);
      return [
        station,
        {
          instants,
          receivedAt: receivedAt.get(station) ?? 0,
          first: instants[0] ?? 0,
          last: instants.at(-1) ?? 0,
          fileOf: files_,
        },
      ];
    }),
  );
  return { byStation, future };
}

/** After the commit: what is reported has happened. */
export function reportChanges(decisions: readonly GapDecision[], emit: Emit<typeof events>): void {
  for (const { station, findings } of decisions) {
    for (const { change } of findings) {
      const gap = change.after ?? change.before;
      if (gap === undefined) continue;
      const changed = {
        station,
        change: change.kind,
        from: new Date(gap.from).toISOString(),
        to: gap.to === undefined ? undefined : new Date(gap.to).toISOString(),
        level: gap.level,
      };
      switch (change.kind) {
        case 'opened':
        case 'level':
        case 'closed':
          emit('gap-reported', changed);
          break;
        case 'shrunk':
        case 'removed':
          emit('gap-corrected', changed);
          break;
      }
    }
  }
}

/** What is published of a finding. Its id is computed from all the rest. */
export function gapEvent(
  station: string,
  { change, fileId }: GapFinding,
  at: Date,
): OutgoingRecord {
  const { kind, before, after } = change;
  const gap = after ?? before;
  if (gap === undefined) throw new Error(`${station}: a change of no gap`);
  const event: Omit<GapEvent, 'eventId'> = {
    type: 'gap-event.v1',
    at: at.toISOString(),
    change: kind,
    station,
    gap: stateOf(gap),
    ...(before !== undefined && { previous: stateOf(before) }),
    ...(fileId !== undefined && { fileId }),
  };
  const eventId = createHash('sha256').update(JSON.stringify(event)).digest('hex');
  const value = gapEventCodec.encode({ ...event, eventId });
  return { stream: streams.gaps, key: station, id: eventId, value };
}

function stateOf({ from, to, level }: Gap): GapState {
  return {
    kind: 'transmission',
    from: new Date(from).toISOString(),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
    level,
  };
}

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
