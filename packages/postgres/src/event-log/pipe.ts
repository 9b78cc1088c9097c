import { transformBatch, type PipeOptions, type Running } from '@envigate/event-log';
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
  const work: Parameters<typeof transformBatch>[1] = {
    transform: options.transform,
    poison(record, error) {
      const { partition, offset, id: recordId } = record;
      const report = { group, stream, partition, offset, recordId };
      emit('record-poisoned', { ...report, error: messageOf(error) });
      return options.poison(record, error);
    },
    check: refuseImpossible,
  };
  return new GroupWorker(
    {
      consumer,
      group,
      from: stream,
      maxBatchRecords,
      async takeOver(partition) {
        const place = { name: consumer, stream, partition };
        const cursor = await Cursor.claim(store, place, (ends) => tails.announce(ends));
        return {
          get position() {
            return cursor.position;
          },
          process: (records, to) => cursor.commit(transformBatch(records, work), to),
        };
      },
    },
    context,
  );
}
