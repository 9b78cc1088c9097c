import type { Consumer } from 'kafkajs';
import {
  pipeBounds,
  PoisonFailedError,
  reportRemoved,
  reportsByPartition,
  transformBatch,
  type PipeOptions,
  type Running,
  drainBounds,
  FencedError,
  isRetryable,
  commitWithRetry,
  takeUpPosition,
  type DrainOptions,
} from '@envigate/event-log';
import { faultOf } from './client/errors.ts';
import {
  latestOffsets,
  settledOffsets,
  type GroupOffset,
  TransactionalWriter,
} from './transactions.ts';
import type { LogContext } from './log-context.ts';
import { marksPerTransaction, type PartitionOwner } from './partition-consumer.ts';
import { refuseTooLarge } from './records.ts';
import { supervise } from './supervisor.ts';

/**
 * Each input partition has transactional ids of its own. Taking a partition over initialises them
 * all, and only then reads the position: what the owner before had under way is by then either
 * aborted or in the position. An owner that slept through its replacement (SIGSTOP, a long pause)
 * fails with its next transaction.
 *
 * The position counts in the topic that its metadata name. Where the broker has forgotten it (the
 * group had no member for offsets.retention.minutes) its copy counts.
 */
export function startPipe(options: PipeOptions, context: LogContext): Running {
  const { client, names, logger, copies, emit } = context;
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
      const topicId = await client.topicId(topic);
      const offsets = await settledOffsets(client, groupId, topic);
      const name = copyName(groupId, partition);
      let position = positionIn(offsets[partition], topicId);
      if (position === undefined) {
        position = (await copies.recall(name, topicId)) ?? 0;
        if (position > 0) emit('position-recalled', { of: `pipe ${name}`, position });
      }
      const { start, end } = await client.offsetRange(topic, partition);
      const place = { stream: from, partition };
      if (position > end) {
        emit('position-beyond-end', { group, ...place, log: topicId, position, end });
        position = 0;
      } else {
        const removed = { from: position, to: start };
        reportRemoved(place, removed, { group, emit, marksPerTransaction });
      }
      const reports = reportsOf(partition);
      reports.reportUpTo(position);
      return {
        begin: Math.max(position, start),
        get position() {
          return position ?? 0;
        },
        async process(records, to) {
          const outputs = transformBatch(records, { transform, poison, check: refuseTooLarge });
          reports.begin(to, records, outputs);
          const place = { groupId, topic, partition, offset: to, metadata: topicId };
          await writer.write(outputs, place);
          position = to;
          copies.note(name, { position: to, topicId });
          reports.reportUpTo(to);
        },
        isOfThisLog: async () => (await client.topicId(topic)) === topicId,
        close: () => writer.close(),
      };
    } catch (error) {
      await writer.close();
      throw error;
    }
  };

  return supervise({
    client,
    group,
    groupId,
    stream: from,
    topic,
    maxBatchRecords: options.maxBatchRecords ?? context.maxBatchRecords,
    bounds: pipeBounds,
    logger: logger.child({ group, stream: from }),
    emit,
    takeOver,
    isFatal: (error) => error instanceof PoisonFailedError || faultOf(error) === 'lasting',
  });
}

function copyName(groupId: string, partition: number): string {
  return `${groupId}/${partition}`;
}

/** Undefined where there is none, or one that counted in another topic. Earlier versions named no topic. */
function positionIn(found: GroupOffset | undefined, topicId: string): number | undefined {
  return found?.metadata === '' || found?.metadata === topicId ? found.offset : undefined;
}

/** Positions of a pipe, seen from outside. */
export async function pipePositions(
  group: string,
  from: PipeOptions['from'],
  { client, names, copies }: Pick<LogContext, 'client' | 'names' | 'copies'>,
): Promise<readonly number[]> {
  const topic = names.topic(from);
  const groupId = names.group(group, from);
  const topicId = await client.topicId(topic);
  const offsets = await latestOffsets(client, groupId, topic);
  return Promise.all(
    offsets.map(
      async (offset, partition) =>
        positionIn(offset, topicId) ??
        (await copies.recall(copyName(groupId, partition), topicId)) ??
        0,
    ),
  );
}

/** Offsets are committed to the group only so that ordinary tools show the lag; the sink's position counts. */
const reportEveryMs = 1_000;

/** The position is the sink's: read on taking a partition over, moved by compare-and-set with each batch. */
export function startDrain(options: DrainOptions, context: LogContext): Running {
  const { client, names, identity, emit } = context;
  const { group, from: stream, sink } = options;
  const groupId = names.group(group, stream);
  const topic = names.topic(stream);
  const logger = context.logger.child({ group, stream });
  const log = {
    identity: () => identity.of(stream),
    renew: (_stream: unknown, seen: string) => identity.renew(stream, seen),
  };
  const range = ({ partition }: { readonly partition: number }) =>
    client.offsetRange(topic, partition);

  const reported = new Set<string>();

  const takeOver = async (partition: number, signal: AbortSignal): Promise<PartitionOwner> => {
    const taken = await takeUpPosition(
      {
        position: (place) => asSinkFailure(sink.position(place), signal),
        earlierLog: async (place) => sink.earlierLog?.(place),
      },
      { stream, partition },
      log,
      { group, emit, reported, marksPerTransaction, range },
    );
    let { position } = taken;
    let reportedAt = -Infinity;
    return {
      begin: taken.begin,
      get position() {
        return position;
      },
      async process(records, to, signal) {
        const batch = { partition: taken.partition, records, from: position, to };
        const committed = commitWithRetry(batch, sink, {
          signal,
          onRetry: (error) => logger.warn({ err: error, partition }, 'commit is tried again'),
          onReject: ({ offset, id }, error) =>
            logger.warn({ err: error, partition, offset, id }, 'record is rejected'),
        });
        await asSinkFailure(committed, signal);
        position = to;
      },
      async report(consumer: Consumer, caughtUp: boolean) {
        if (!caughtUp && performance.now() - reportedAt < reportEveryMs) return;
        reportedAt = performance.now();
        await consumer
          .commitOffsets([{ topic, partition, offset: String(position) }])
          .catch((error: unknown) =>
            logger.debug({ err: error, partition }, 'lag is not reported'),
          );
      },
      isOfThisLog: async () =>
        (await identity.of(stream)) === taken.partition.log &&
        position <= (await range({ partition })).end,
      close: () => Promise.resolve(),
    };
  };

  return supervise({
    client,
    group,
    groupId,
    stream,
    topic,
    maxBatchRecords: options.maxBatchRecords ?? context.maxBatchRecords,
    bounds: drainBounds,
    logger,
    emit,
    takeOver,
    isFatal: (error) => error instanceof SinkFailedError || faultOf(error) === 'lasting',
  });
}

/** The sink cannot even say its position or take a rejected record: a bug or a misconfiguration. */
class SinkFailedError extends Error {
  readonly code = 'sink-failed';
  readonly retryable = false;
}

async function asSinkFailure<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted || error instanceof FencedError || isRetryable(error)) throw error;
    throw new SinkFailedError('the sink failed for good', { cause: error });
  }
}
