import {
  PoisonFailedError,
  reportsByPartition,
  transformBatch,
  type PipeOptions,
  type Running,
} from '@envigate/event-log';
import { faultOf } from './errors.ts';
import { settledOffsets } from './group-offsets.ts';
import type { LogContext } from './log-context.ts';
import type { PartitionOwner } from './partition-consumer.ts';
import { refuseTooLarge } from './records.ts';
import { supervise } from './supervisor.ts';
import { TransactionalWriter } from './transactional-writer.ts';

/**
 * Each input partition has transactional ids of its own. Taking a partition over initialises them
 * all, and only then reads the position: what the owner before had under way is by then either
 * aborted or in the position. An owner that slept through its replacement (SIGSTOP, a long pause)
 * fails with its next transaction.
 */
export function startPipe(options: PipeOptions, context: LogContext): Running {
  const { client, names, logger } = context;
  const { group, from, transform, poison } = options;
  const groupId = names.group(group, from);
  const topic = names.topic(from);
  const reportsOf = reportsByPartition(options);

  const takeOver = async (partition: number): Promise<PartitionOwner> => {
    const writer = await TransactionalWriter.open(
      client,
      names.pipeTransactions(group, from, partition),
      (stream) => names.topic(stream),
    );
    try {
      const offsets = await settledOffsets(client, groupId, topic);
      let position = offsets[partition]?.offset ?? 0;
      const reports = reportsOf(partition);
      reports.settle(position);
      return {
        get position() {
          return position;
        },
        async process(records, to) {
          const outputs = transformBatch(records, { transform, poison, check: refuseTooLarge });
          reports.begin(to, records, outputs);
          await writer.write(outputs, { groupId, topic, partition, offset: to });
          position = to;
          reports.settle(to);
        },
        close: () => writer.close(),
      };
    } catch (error) {
      await writer.close();
      throw error;
    }
  };

  return supervise({
    client,
    groupId,
    stream: from,
    topic,
    maxBatchRecords: options.maxBatchRecords ?? context.maxBatchRecords,
    logger: logger.child({ group, stream: from }),
    takeOver,
    isFatal: (error) => error instanceof PoisonFailedError || faultOf(error) === 'lasting',
  });
}
