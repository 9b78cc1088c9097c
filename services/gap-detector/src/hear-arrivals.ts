import { signsOf, type SignsOfFile } from '@envigate/contracts';
import {
  addSign,
  type Arrival,
  hear,
  type RegistrySource,
  type SeriesInstants,
} from '@envigate/domain';
import { streams, type DrainBatch, type DrainSink } from '@envigate/event-log';
import type { GapStore, SinkMove } from '@envigate/postgres';
import { messageOf, type Clock, type Emit } from '@envigate/runtime';
import { publishDecision, reportChanges } from './gap-events.ts';
import { rulesOf } from './station-rules.ts';
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
  const { store, emit, registry, clock, graceMinutes } = parts;
  return {
    position: (partition) => store.position(group, partition),
    earlierLog: (partition) => store.earlierLog(group, partition),
    async commit(batch) {
      const arrivals = arrivalsOf(batch.records.map(signsOf));
      const heard = new Map([...arrivals].filter(([, { first }]) => Number.isFinite(first)));
      const decisions = await store.applyArrivals(moveOf(batch), heard, (station, state) => {
        const arrival = heard.get(station);
        if (arrival === undefined) return undefined;
        const { rules, judgedBy } = rulesOf(registry.current(), station, graceMinutes);
        const fileOf = (instant: number): string | undefined => arrival.fileOf.get(instant);
        return {
          ...{ heard: hear(state, arrival, rules), rules, judgedBy, fileOf },
          publish: publishDecision(clock(), fileOf),
        };
      });
      for (const [station, { future }] of arrivals)
        if (future > 0) emit('future-data-ignored', { station, instants: future });
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

function moveOf({ partition, from: begin, to }: DrainBatch): SinkMove {
  return { consumer: group, partition, from: begin, to };
}

/** What a batch brought of one station. */
class StationArrival implements Arrival {
  readonly instants: SeriesInstants = new Map();
  /** The first file that brought an instant. */
  readonly fileOf = new Map<number, string>();
  receivedAt = 0;
  first = Infinity;
  last = -Infinity;
  /** Instants too far in the future. */
  future = 0;
}

/** A logger's clock may run ahead, and its offset may be entered wrongly; a day covers both. */
const aheadAtMost = 24 * 60 * 60_000;

/**
 * That data came counts whatever their values and status, and whether the file came before. What lies in the
 * future is left out: one such instant would hide every silence until then.
 */
function arrivalsOf(files: readonly SignsOfFile[]): ReadonlyMap<string, StationArrival> {
  const arrivals = new Map<string, StationArrival>();
  for (const { station, reception, instants, readings } of files) {
    const arrival = arrivals.get(station) ?? new StationArrival();
    arrivals.set(station, arrival);
    const receivedAt = Date.parse(reception.receivedAt);
    const times = instants.map((instant) => Date.parse(instant));
    const isSign = (instant: number): boolean => instant <= receivedAt + aheadAtMost;
    arrival.future += times.filter((instant) => !isSign(instant)).length;
    for (const instant of times) {
      if (!isSign(instant)) continue;
      if (!arrival.fileOf.has(instant)) arrival.fileOf.set(instant, reception.fileId);
      arrival.first = Math.min(arrival.first, instant);
      arrival.last = Math.max(arrival.last, instant);
      arrival.receivedAt = Math.max(arrival.receivedAt, receivedAt);
    }
    readings.parameter.forEach((parameter, i) => {
      const instant = times[readings.instant[i] ?? 0] ?? Infinity;
      if (!isSign(instant)) return;
      const [flag, reasons] = [readings.flag[i] ?? 4, readings.reasons[i] ?? []];
      addSign(arrival.instants, instant, { parameter, flag, reasons });
    });
  }
  return arrivals;
}
