import {
  FencedError,
  bytesOf,
  isRetryable,
  Pace,
  reportRemoved,
  type BytesInHand,
  type StoredRecord,
  type StreamPartition,
} from '@envigate/event-log';
import { Backoff, messageOf, pause } from '@envigate/runtime';
import type { LogContext } from './log-context.ts';
import type { LogStore, ReadLimits } from './log-store.ts';
import type { Tails } from './tails.ts';

/** One partition in the hands of its owner: where it is and what is done with a batch. */
export interface PartitionTask {
  readonly position: number;
  /** The first record to be read, at or beyond the position. */
  readonly begin: number;
  /** Takes effect and moves the position to `to`; FencedError where another owner came. */
  process(records: readonly StoredRecord[], to: number, signal: AbortSignal): Promise<void>;
}

interface PartitionWorkerOptions {
  readonly group: string;
  readonly place: StreamPartition;
  readonly store: LogStore;
  readonly tails: Tails;
  readonly limits: ReadLimits;
  /** Of the group, shared by its partitions. */
  readonly inHand: BytesInHand;
  readonly emit: LogContext['emit'];
  /** Reads the position, as it is once every earlier owner is fenced. */
  readonly takeOver: (place: StreamPartition) => Promise<PartitionTask>;
  /** False where this instance does not own the partition any more. */
  readonly owns: () => Promise<boolean>;
}

/**
 * Batch after batch of one partition until the signal is aborted; the batch in hand is finished.
 * After a passing fault, and after being fenced while still the owner, it starts anew from the
 * position as it then is. Rejects only with what no repetition cures.
 */
export async function workOnPartition(
  options: PartitionWorkerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { group, place, emit } = options;
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      const task = await options.takeOver(place);
      emit('partition-taken', { group, ...place, position: task.position });
      await processBatches(task, options, signal, () => backoff.reset());
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof FencedError) emit('partition-fenced', { group, ...place });
      else if (isRetryable(error))
        emit('batch-retried', { group, ...place, error: messageOf(error) });
      else throw error;
      await backoff.wait(signal);
      // A fenced owner must not take the partition back from its rightful successor.
      if (!(await options.owns())) return;
    }
  }
}

async function processBatches(
  task: PartitionTask,
  { group, place, store, tails, limits, inHand, emit }: PartitionWorkerOptions,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const pace = new Pace();
  let expected = task.begin;
  let { bytes } = limits;
  while (!signal.aborted) {
    const knownEnd = tails.endOf(place);
    // Room first, then the records: each partition could hold a large one otherwise.
    const read = await inHand.use(bytes, signal, async (room) => {
      const batch = await store.read(place, task.position, { ...limits, bytes });
      const last = batch.records.at(-1);
      if (last === undefined || signal.aborted) return batch;
      room.shrinkTo(bytesOf(batch.records));
      const removed = { from: expected, to: batch.records[0]?.offset ?? expected };
      reportRemoved(place, removed, { group, emit, marksPerTransaction: 0 });
      expected = last.offset + 1;
      const begun = performance.now();
      await task.process(batch.records, last.offset + 1, signal);
      onProgress();
      emit('batch-done', { group, ...place, records: batch.records.length });
      return { ...batch, ms: performance.now() - begun };
    });
    bytes = read.largerBytes ?? limits.bytes;
    if (read.largerBytes !== undefined) continue;
    if (read.records.length === 0)
      // Everything before an end known earlier was trimmed.
      await tails.beyond(place, Math.max(task.position, knownEnd), signal);
    else if (!read.isFull && 'ms' in read) await pause(pace.restMs(read.ms), signal);
  }
}
