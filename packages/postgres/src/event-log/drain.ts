import {
  drainBounds,
  settle,
  takeUpPosition,
  type DrainOptions,
  type OffsetRange,
  type Running,
  type StreamPartition,
} from '@envigate/event-log';
import { messageOf } from '@envigate/runtime';
import { GroupWorker } from './group-worker.ts';
import type { LogContext } from './log-context.ts';

/** The log keeps a copy of the sink's position, so that trimming knows what is still needed. */
const reportEveryMs = 5_000;

/** The position is the sink's: read on taking a partition over, moved by it with each batch. */
export function startDrain(options: DrainOptions, context: LogContext): Running {
  const { store, tails, emit } = context;
  const { group, from: stream, sink, maxBatchRecords = context.maxBatchRecords } = options;
  const consumer = `drain:${group}`;
  const reported = new Set<string>();
  const range = async (place: StreamPartition): Promise<OffsetRange> => {
    const found = await store.range(place);
    tails.restart(place, found.end);
    return found;
  };
  return new GroupWorker(
    {
      consumer,
      group,
      from: stream,
      maxBatchRecords,
      bounds: drainBounds,
      async takeOver(partition) {
        const place = { stream, partition };
        const report = (): Promise<void> =>
          store.reportPosition({ name: consumer, ...place }, position);
        const taken = await takeUpPosition(
          sink,
          place,
          { identity: () => store.identity(), renew: (_stream, seen) => store.renew(seen) },
          { group, emit, reported, marksPerTransaction: 0, range },
        );
        let { position } = taken;
        await report();
        let reportedAt = performance.now();
        return {
          begin: taken.begin,
          get position() {
            return position;
          },
          async process(records, to, signal) {
            const batch = { partition: taken.partition, records, from: position, to };
            await settle(batch, sink, {
              signal,
              onRetry: (error) =>
                emit('batch-retried', { group, ...place, error: messageOf(error) }),
              onReject: ({ offset, id: recordId }, error) =>
                emit('record-poisoned', {
                  group,
                  ...place,
                  offset,
                  recordId,
                  error: messageOf(error),
                }),
            });
            position = to;
            if (performance.now() - reportedAt < reportEveryMs) return;
            reportedAt = performance.now();
            await report();
          },
        };
      },
    },
    context,
  );
}
