import {
  drainBounds,
  FencedError,
  isRetryable,
  settle,
  takeUpPosition,
  type DrainOptions,
  type Running,
} from '@envigate/event-log';
import type { Consumer } from 'kafkajs';
import { faultOf } from './errors.ts';
import type { LogContext } from './log-context.ts';
import { marksPerTransaction, type PartitionOwner } from './partition-consumer.ts';
import { supervise } from './supervisor.ts';

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
        const settled = settle(batch, sink, {
          signal,
          onRetry: (error) => logger.warn({ err: error, partition }, 'commit is tried again'),
          onReject: ({ offset, id }, error) =>
            logger.warn({ err: error, partition, offset, id }, 'record is rejected'),
        });
        await asSinkFailure(settled, signal);
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
