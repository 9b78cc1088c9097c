import {
  FencedError,
  isRetryable,
  Pace,
  reportRemoved,
  type StoredRecord,
  type StreamPartition,
} from '@envigate/event-log';
import { messageOf } from '@envigate/runtime';
import type { LogContext } from './log-context.ts';
import type { LogStore, ReadLimits } from './log-store.ts';
import { Backoff, pause } from './pause.ts';
import type { Tails } from './tails.ts';

/** One partition in the hands of its owner: where it stands and what is done with a batch. */
export interface PartitionTask {
  readonly position: number;
  /** The first record to be read, at or beyond the position. */
  readonly begin: number;
  /** Takes effect and moves the position to `to`; FencedError where another owner came. */
  process(records: readonly StoredRecord[], to: number, signal: AbortSignal): Promise<void>;
}

export interface PartitionWorkerOptions {
  readonly group: string;
  readonly place: StreamPartition;
  readonly store: LogStore;
  readonly tails: Tails;
  readonly limits: ReadLimits;
  readonly emit: LogContext['emit'];
  /** Reads the position, as it is once every earlier owner is fenced. */
  readonly takeOver: (place: StreamPartition) => Promise<PartitionTask>;
  /** False where this instance does not own the partition any more. */
  readonly owns: () => Promise<boolean>;
}

/**
 * Batch after batch of one partition until the signal is aborted; the batch in hand is finished.
 * After a passing fault, and after being fenced while still the owner, it starts anew from the
 * position as it then stands. Rejects only with what no repetition cures.
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
  { group, place, store, tails, limits, emit }: PartitionWorkerOptions,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const pace = new Pace();
  let expected = task.begin;
  while (!signal.aborted) {
    const knownEnd = tails.endOf(place);
    const records = await store.read(place, task.position, limits);
    const last = records.at(-1);
    if (last === undefined) {
      // Everything before an end known earlier was trimmed.
      await tails.beyond(place, Math.max(task.position, knownEnd), signal);
      continue;
    }
    if (signal.aborted) return;
    const removed = { from: expected, to: records[0]?.offset ?? expected };
    reportRemoved(place, removed, { group, emit, marksPerTransaction: 0 });
    expected = last.offset + 1;
    const begun = performance.now();
    await task.process(records, last.offset + 1, signal);
    onProgress();
    emit('batch-done', { group, ...place, records: records.length });
    if (records.length < limits.records)
      await pause(pace.restMs(performance.now() - begun), signal);
  }
}
