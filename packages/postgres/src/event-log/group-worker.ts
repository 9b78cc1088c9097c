import {
  BytesInHand,
  isRetryable,
  type ByteBounds,
  type Running,
  type StreamName,
} from '@envigate/event-log';
import { Backoff, linkAbort, type LinkedAbort, messageOf, pause } from '@envigate/runtime';
import type { LogContext } from './log-context.ts';
import { groupOf, Ownership } from './ownership.ts';
import { workOnPartition, type PartitionTask } from './partition-worker.ts';

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
    const options = {
      group,
      place: { stream, partition },
      store,
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
