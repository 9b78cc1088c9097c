import { gapEventCodec, type GapEvent } from '@envigate/contracts';
import type { GapNews } from '@envigate/domain';
import { streams, type DrainBatch, type DrainSink } from '@envigate/event-log';
import type { NoticeStore, SinkMove } from '@envigate/postgres';
import { messageOf, type Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

export const group = 'notifier';
export const from = streams.gaps;

export interface HearParts {
  readonly store: Pick<NoticeStore, 'position' | 'earlierLog' | 'hear' | 'keepUndecodable'>;
  readonly emit: Emit<typeof events>;
}

/** Keeps the picture of the gaps: their changes and the position, in one transaction. */
export function hearGaps({ store, emit }: HearParts): DrainSink {
  return {
    position: (partition) => store.position(group, partition),
    earlierLog: (partition) => store.earlierLog(group, partition),
    async commit(batch) {
      const news = batch.records.map((record) => newsOf(gapEventCodec.decode(record.value)));
      await store.hear(moveOf(batch), news);
    },
    async reject(batch, error) {
      for (const message of batch.records) {
        const isNew = await store.keepUndecodable(moveOf(batch), message, messageOf(error));
        const { stream, partition, offset, id: recordId } = message;
        if (!isNew) continue; // the event log handed it over again
        const place = { stream, partition };
        emit('message-undecodable', {
          ...{ partition: place, offset, recordId, error: messageOf(error) },
        });
      }
    },
  };
}

export function newsOf(event: GapEvent): GapNews {
  const { eventId, station, change, gap, previous, at } = event;
  const { parameter, grossSeconds = 0, netSeconds = grossSeconds } = gap;
  return {
    ...{ eventId, station, kind: gap.kind, parameter, level: gap.level },
    from: Date.parse(gap.from),
    previousFrom: Date.parse((previous ?? gap).from),
    to: gap.to === undefined ? undefined : Date.parse(gap.to),
    isRemoved: change === 'removed',
    excludedMs: Math.max(0, grossSeconds - netSeconds) * 1000,
    isProbablyOurs: gap.isProbablyOurs === true,
    jointId: gap.jointId,
    changedAt: Date.parse(at),
  };
}

function moveOf({ partition, from: begin, to }: DrainBatch): SinkMove {
  return { consumer: group, partition, from: begin, to };
}
