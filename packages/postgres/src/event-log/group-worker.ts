import {
  BytesInHand,
  isRetryable,
  type ByteBounds,
  type Running,
  type StreamName,
  FencedError,
  bytesOf,
  Pace,
  reportRemoved,
  type StoredRecord,
  type StreamPartition,
  type eventLogEvents,
} from '@envigate/event-log';
import {
  Backoff,
  linkAbort,
  type LinkedAbort,
  messageOf,
  pause,
  type Emit,
} from '@envigate/runtime';
import { groupOf, Ownership } from './ownership.ts';
import type { LogStore, ReadLimits } from './log-store.ts';
import type { Follower } from './recent-records.ts';
import type { Tails } from './tails.ts';
import type { Database } from '../connection/database.ts';
import type { events } from './telemetry.ts';

interface GroupWorkerOptions {
  /** Unique among pipes and drains: 'pipe:normaliser'. */
  readonly consumer: string;
  readonly group: string;
  readonly from: StreamName;
  readonly maxBatchRecords: number;
  readonly bounds: ByteBounds;
  readonly takeOver: (partition: number) => Promise<PartitionTask>;
}

interface OwnedPartition {
  readonly until: LinkedAbort;
  readonly done: Promise<void>;
}

const channel = 'envigate_event_log_members';

/**
 * This instance's part in a group: takes its fair share of the partitions, gives back what is
 * more when others join, takes over what is left when they go.
 */
export class GroupWorker implements Running {
  readonly failed: Promise<never>;
  readonly #options: GroupWorkerOptions;
  readonly #context: LogContext;
  readonly #name: string;
  readonly #stopping = new AbortController();
  readonly #owned = new Map<number, OwnedPartition>();
  readonly #inHand: BytesInHand;
  readonly #done: Promise<void>;
  #fail: (error: unknown) => void = () => undefined;
  #wake: () => void = () => undefined;

  constructor(options: GroupWorkerOptions, context: LogContext) {
    this.#options = options;
    this.#context = context;
    this.#inHand = new BytesInHand(options.bounds.inHandBytes);
    this.#name = groupOf(options.consumer, options.from);
    this.failed = new Promise<never>((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined); // whoever started the work may not be listening yet
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { database, emit } = this.#context;
    const { group, from: stream } = this.#options;
    const unlisten = database.listen(channel, (name) => {
      if (name === undefined || name === this.#name) this.#wake();
    });
    const backoff = new Backoff();
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#takePart(() => backoff.reset());
      } catch (error) {
        if (this.#stopping.signal.aborted) break;
        const report = { group, stream, error: messageOf(error) };
        if (!isRetryable(error)) {
          emit('group-failed', report);
          this.#fail(error);
          break;
        }
        emit('group-interrupted', report);
        await backoff.wait(this.#stopping.signal);
      }
    }
    unlisten();
  }

  /** From joining the group until asked to stop; rejects when the connection with the locks is lost. */
  async #takePart(onJoined: () => void): Promise<void> {
    const { database, store, sessionTimeoutMs } = this.#context;
    const partitions = await store.partitions(this.#options.from);
    const ownership = await Ownership.join(database, this.#name, sessionTimeoutMs);
    const ends = linkAbort(this.#stopping.signal, ownership.lost);
    try {
      onJoined();
      await this.#notifyMembers();
      while (!ends.signal.aborted) {
        await this.#balance(ownership, partitions, ends.signal);
        await this.#untilDueOrWoken(ends.signal);
      }
      if (!this.#stopping.signal.aborted) throw ownership.lost.reason;
    } finally {
      ends.release();
      await this.#releaseAll();
      await ownership.close();
      await this.#notifyMembers();
    }
  }

  async #balance(ownership: Ownership, partitions: number, ends: AbortSignal): Promise<void> {
    const share = Math.ceil(partitions / (await ownership.members()));
    const surplus = [...this.#owned.keys()].slice(share);
    for (const partition of surplus) {
      const owned = this.#owned.get(partition);
      owned?.until.abort();
      await owned?.done;
      await ownership.giveBack(partition);
    }
    if (surplus.length > 0) await this.#notifyMembers();
    for (let partition = 0; partition < partitions && this.#owned.size < share; partition++) {
      if (ends.aborted) return;
      if (this.#owned.has(partition) || !(await ownership.tryTake(partition))) continue;
      this.#own(partition, ownership, ends);
    }
  }

  #own(partition: number, ownership: Ownership, ends: AbortSignal): void {
    const { store, tails, emit } = this.#context;
    const { group, from: stream, maxBatchRecords, bounds, takeOver } = this.#options;
    const until = linkAbort(ends);
    const place = { stream, partition };
    const follower = store.recent.follow(place);
    const options = {
      group,
      place,
      store,
      follower,
      tails,
      limits: { records: maxBatchRecords, bytes: bounds.batchBytes },
      inHand: this.#inHand,
      emit,
      takeOver: () => takeOver(partition),
      owns: () => ownership.holds(),
    };
    const done = workOnPartition(options, until.signal)
      .catch((error: unknown) => {
        emit('group-failed', { group, stream, error: messageOf(error) });
        this.#fail(error);
        this.#stopping.abort();
      })
      .finally(() => {
        until.release();
        follower.stop();
        this.#owned.delete(partition);
      });
    this.#owned.set(partition, { until, done });
  }

  async #releaseAll(): Promise<void> {
    for (const { until } of this.#owned.values()) until.abort();
    await Promise.all([...this.#owned.values()].map(({ done }) => done));
  }

  /** Others look at once instead of at their next round. */
  async #notifyMembers(): Promise<void> {
    await this.#context.store.notify(channel, this.#name).catch(() => undefined);
  }

  async #untilDueOrWoken(ends: AbortSignal): Promise<void> {
    const woken = linkAbort(ends);
    this.#wake = () => woken.abort();
    await pause(this.#context.balanceMs, woken.signal);
    woken.release();
  }
}

/** One partition in the hands of its owner: where it is and what is done with a batch. */
interface PartitionTask {
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
  readonly follower: Follower;
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
async function workOnPartition(
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
  { group, place, store, follower, tails, limits, inHand, emit }: PartitionWorkerOptions,
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
      const batch = await store.read(place, task.position, { ...limits, bytes }, follower);
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

/** What the parts of one instance of the log share. */
export interface LogContext {
  readonly database: Database;
  readonly store: LogStore;
  readonly tails: Tails;
  readonly emit: Emit<typeof events & typeof eventLogEvents>;
  readonly maxBatchRecords: number;
  /** Silence after which an instance loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** How often an instance looks whether its share of the partitions has changed. */
  readonly balanceMs: number;
}
