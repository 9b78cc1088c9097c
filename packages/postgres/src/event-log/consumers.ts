import {
  pipeBounds,
  reportRemoved,
  reportsByPartition,
  transformBatch,
  type PipeOptions,
  type Running,
  type StoredRecord,
  drainBounds,
  commitWithRetry,
  takeUpPosition,
  type DrainOptions,
  type OffsetRange,
  type StreamPartition,
} from '@envigate/event-log';
import { messageOf } from '@envigate/runtime';
import { Cursor } from './log-store.ts';
import { refuseImpossible } from './statements.ts';
import { GroupWorker, type LogContext } from './group-worker.ts';

export function pipeConsumer(group: string): string {
  return `pipe:${group}`;
}

/** A batch is read, transformed, and committed in one statement: its outputs and the position. */
export function startPipe(options: PipeOptions, context: LogContext): Running {
  const { store, tails, emit } = context;
  const { group, from: stream, maxBatchRecords = context.maxBatchRecords } = options;
  const consumer = pipeConsumer(group);
  const poisoned = new WeakMap<StoredRecord, string>();
  const work: Parameters<typeof transformBatch>[1] = {
    transform: options.transform,
    poison(record, error) {
      poisoned.set(record, messageOf(error));
      return options.poison(record, error);
    },
    check: refuseImpossible,
  };
  const reportsOf = reportsByPartition({
    onCommitted(records, outputs) {
      for (const record of records) {
        const { partition, offset, id: recordId } = record;
        const error = poisoned.get(record);
        if (error !== undefined)
          emit('record-poisoned', { group, stream, partition, offset, recordId, error });
      }
      options.onCommitted?.(records, outputs);
    },
  });
  return new GroupWorker(
    {
      consumer,
      group,
      from: stream,
      maxBatchRecords,
      bounds: pipeBounds,
      async takeOver(partition) {
        const place = { name: consumer, stream, partition };
        const cursor = await Cursor.claim(store, place, (ends) => tails.announce(ends));
        const reports = reportsOf(partition);
        reports.reportUpTo(cursor.position);
        const at = { stream, partition };
        const { start, end } = await store.range(at);
        tails.restart(at, end);
        reportRemoved(
          at,
          { from: cursor.position, to: start },
          { group, emit, marksPerTransaction: 0 },
        );
        return {
          begin: Math.max(cursor.position, start),
          get position() {
            return cursor.position;
          },
          async process(records, to) {
            const outputs = transformBatch(records, work);
            reports.begin(to, records, outputs);
            await cursor.commit(outputs, to);
            reports.reportUpTo(to);
          },
        };
      },
    },
    context,
  );
}

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
            await commitWithRetry(batch, sink, {
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
