import { normalisedFileCodec } from '@envigate/contracts';
import { applyInstants, type RegistrySource } from '@envigate/domain';
import { streams, type DrainBatch, type DrainSink } from '@envigate/event-log';
import type { GapDecision, GapStore, SinkMove } from '@envigate/postgres';
import { messageOf, type Clock, type Emit } from '@envigate/runtime';
import { arrivalsOf } from './arrivals.ts';
import { gapEvent } from './gap-event.ts';
import { gapSettings } from './gap-settings.ts';
import { reportChanges } from './report-changes.ts';
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
      const files = batch.records.map((record) => normalisedFileCodec.decode(record.value));
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
