import {
  pipeBounds,
  reportRemoved,
  reportsByPartition,
  transformBatch,
  type PipeOptions,
  type Running,
  type StoredRecord,
} from '@envigate/event-log';
import { messageOf } from '@envigate/runtime';
import { Cursor } from './cursor.ts';
import { refuseImpossible } from './encode-records.ts';
import { GroupWorker } from './group-worker.ts';
import type { LogContext } from './log-context.ts';

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
        reports.settle(cursor.position);
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
            reports.settle(to);
          },
        };
      },
    },
    context,
  );
}
