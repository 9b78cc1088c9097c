import {
  BytesInHand,
  Pace,
  bytesOf,
  cutIntoBatches,
  reportRemoved,
  type ByteBounds,
  type StoredRecord,
  type StreamName,
} from '@envigate/event-log';
import {
  linkAbort,
  messageOf,
  type LinkedAbort,
  type Logger,
  Backoff,
  pause,
} from '@envigate/runtime';
import type {
  Consumer,
  ConsumerCrashEvent,
  ConsumerGroupJoinEvent,
  EachBatchPayload,
} from 'kafkajs';
import type { KafkaClient } from './client/kafka-client.ts';
import { fetchedOffset, logStartOf } from './client/repair-kafkajs.ts';
import { isExpired, LogReplacedError } from './client/errors.ts';
import type { LogContext } from './log-context.ts';
import { toStoredRecord } from './records.ts';

/** What works on one input partition for as long as this instance owns it. */
export interface PartitionOwner {
  /** Where the next batch begins. */
  readonly position: number;
  /** The first record to be fetched, at or beyond the position as it was taken over. */
  readonly begin: number;
  /** Makes the effects of the records and the position `to` durable, together. */
  process(records: readonly StoredRecord[], to: number, signal: AbortSignal): Promise<void>;
  /** Says to the group how far the partition is done, where that is not part of `process`. */
  report?(consumer: Consumer, caughtUp: boolean): Promise<void>;
  /** False where the topic was made anew, or put back to an older state, since the take-over. */
  isOfThisLog(): Promise<boolean>;
  close(): Promise<void>;
}

/** After the last record of a transaction is the mark of its commit, which nobody reads. */
export const marksPerTransaction = 1;

export interface PartitionConsumerOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly groupId: string;
  readonly stream: StreamName;
  readonly topic: string;
  readonly maxBatchRecords: number;
  readonly bounds: ByteBounds;
  readonly logger: Logger;
  readonly emit: LogContext['emit'];
  /** Fences earlier owners of the partition, then reads the position. */
  readonly takeOver: (partition: number, signal: AbortSignal) => Promise<PartitionOwner>;
  /** Whether an error of an owner ends the work for good. */
  readonly isFatal: (error: unknown) => boolean;
}

/** kafkajs makes so many workers, which cost nothing while idle. */
const maxConcurrentPartitions = 64;

interface Owned {
  readonly owner: PartitionOwner;
  readonly pace: Pace;
  /** Whether kafkajs fetches from the owner's position; not after it joined the group again. */
  aligned: boolean;
  /** Up to here it is known what is left: nothing before it is missed. */
  seenUpTo: number;
  work: Promise<void>;
}

interface Slot {
  readonly owned: Promise<Owned>;
  /** Of the take-over. */
  readonly lost: LinkedAbort;
}

/**
 * One life of a kafkajs consumer, from joining the group to a crash or the stop. The owners of
 * partitions live in it. They outlast a rebalance that leaves the partition here: nobody can have
 * had it meanwhile without fencing them.
 */
export class PartitionConsumer {
  /** Resolves with the reason when the consumer has ended by itself and a new one is needed. */
  readonly ended: Promise<Error>;
  /** Resolves with an error after which the work must not be tried again. */
  readonly fatal: Promise<unknown>;
  readonly #options: PartitionConsumerOptions;
  readonly #consumer: Consumer;
  readonly #slots = new Map<number, Slot>();
  readonly #backoffs = new Map<number, Backoff>();
  readonly #closings = new Set<Promise<void>>();
  readonly #inHand: BytesInHand;
  readonly #stopping = new AbortController();
  #end!: (reason: Error) => void;
  #fail!: (error: unknown) => void;
  #lastSign = performance.now();

  constructor(options: PartitionConsumerOptions) {
    this.#options = options;
    this.#inHand = new BytesInHand(options.bounds.inHandBytes);
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.fatal = new Promise((resolve) => (this.#fail = resolve));
    this.#consumer = options.client.consumer(options.groupId);
    this.#listen();
  }

  /** When the consumer last showed life (fetch, heartbeat, batch in progress); milliseconds of performance.now(). */
  get lastSign(): number {
    return this.#lastSign;
  }

  /** Joins the group; resolves when records are being fetched. */
  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [this.#options.topic], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: maxConcurrentPartitions,
      eachBatch: (payload) => this.#handle(payload),
    });
  }

  /** Finishes the batches in hand, leaves the group. Also for a consumer that crashed. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the consumer is stopping'));
    await this.#consumer.disconnect().catch((error: unknown) => {
      this.#options.logger.debug({ err: error }, 'consumer did not disconnect cleanly');
    });
    for (const partition of [...this.#slots.keys()]) this.#letGo(partition);
    await Promise.all(this.#closings);
  }

  #listen(): void {
    const { CRASH, GROUP_JOIN, FETCH, HEARTBEAT } = this.#consumer.events;
    const alive = (): void => void (this.#lastSign = performance.now());
    this.#consumer.on(FETCH, alive);
    this.#consumer.on(HEARTBEAT, alive);
    this.#consumer.on(GROUP_JOIN, (event: ConsumerGroupJoinEvent) => {
      alive();
      this.#assign(new Set(event.payload.memberAssignment[this.#options.topic] ?? []));
    });
    this.#consumer.on(CRASH, (event: ConsumerCrashEvent) => this.#end(event.payload.error));
  }

  #assign(assigned: ReadonlySet<number>): void {
    if (this.#stopping.signal.aborted) return;
    this.#options.logger.debug({ partitions: [...assigned] }, 'partitions assigned');
    for (const [partition, { owned }] of this.#slots) {
      if (assigned.has(partition)) void owned.then((it) => (it.aligned = false), ignore);
      else this.#letGo(partition);
    }
    for (const partition of assigned) {
      if (!this.#slots.has(partition)) this.#acquire(partition);
    }
  }

  #acquire(partition: number, first: 'at once' | 'wait' = 'at once'): void {
    const lost = linkAbort(this.#stopping.signal);
    const owned = this.#takeOver(partition, first, lost.signal).finally(() => lost.release());
    owned.catch(ignore);
    this.#slots.set(partition, { owned, lost });
  }

  /** Tries until it has the partition or the signal says that it is no longer ours to have. */
  async #takeOver(
    partition: number,
    first: 'at once' | 'wait',
    signal: AbortSignal,
  ): Promise<Owned> {
    const { logger, topic, takeOver, isFatal } = this.#options;
    const backoff = this.#backoff(partition);
    if (first === 'wait') await backoff.wait(signal);
    for (;;) {
      signal.throwIfAborted();
      try {
        const owner = await takeOver(partition, signal);
        if (signal.aborted) {
          await owner.close();
          throw signal.reason as Error;
        }
        const { begin, position } = owner;
        this.#consumer.seek({ topic, partition, offset: String(begin) });
        logger.debug({ partition, position }, 'partition taken over');
        const work = Promise.resolve();
        return { owner, pace: new Pace(), aligned: true, seenUpTo: begin, work };
      } catch (error) {
        if (signal.aborted) throw error;
        if (isFatal(error)) {
          this.#fail(error);
          throw error;
        }
        logger.warn({ err: error, partition }, 'partition cannot be taken over yet');
        await backoff.wait(signal);
      }
    }
  }

  #letGo(partition: number): void {
    const slot = this.#slots.get(partition);
    if (slot === undefined) return;
    this.#slots.delete(partition);
    slot.lost.abort(new Error(`partition ${partition} is no longer ours`));
    const closing: Promise<void> = slot.owned
      .then(({ owner, work }) => work.catch(ignore).then(() => owner.close()))
      .catch(ignore)
      .finally(() => this.#closings.delete(closing));
    this.#closings.add(closing);
  }

  async #handle(payload: EachBatchPayload): Promise<void> {
    const { partition } = payload.batch;
    // A consumer that was given up may still fetch; it must not get in the way of its successor.
    this.#stopping.signal.throwIfAborted();
    await this.#beating(
      () => payload.heartbeat(),
      async (signal) => {
        // Released after a heartbeat that failed; that need not mean that the session was lost, and
        // then no assignment follows.
        if (!this.#slots.has(partition)) this.#acquire(partition, 'wait');
        const slot = this.#slots.get(partition);
        const owned = await untilAborted(slot?.owned, signal);
        if (owned === undefined) return;
        try {
          await (owned.work = this.#process(payload, owned, signal));
          this.#backoffs.delete(partition);
        } catch (error) {
          this.#failed(partition, slot, error, signal);
        }
      },
    );
  }

  /** What the owner had under way is settled by the next take-over; the records come again. */
  #failed(partition: number, slot: Slot | undefined, error: unknown, signal: AbortSignal): void {
    const ours = this.#slots.get(partition) === slot;
    if (ours) this.#letGo(partition);
    if (signal.aborted || !ours) return; // the next assignment or batch takes it up
    if (this.#options.isFatal(error)) {
      this.#fail(error);
      return;
    }
    if (isExpired(error) || error instanceof LogReplacedError) {
      this.#options.logger.info(
        { reason: messageOf(error), partition },
        'partition is taken over anew',
      );
      this.#acquire(partition);
      return;
    }
    this.#options.logger.warn({ err: error, partition }, 'partition is taken over anew');
    // Not at once: an instance that lost the partition learns it from a heartbeat before it would
    // fence the new owner.
    this.#acquire(partition, 'wait');
  }

  async #process(payload: EachBatchPayload, owned: Owned, signal: AbortSignal): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const { owner, pace } = owned;
    if (!owned.aligned) {
      await this.#refuseOtherLog(partition, owner);
      owned.aligned = true;
      const offset = Math.max(owner.position, owner.begin);
      this.#consumer.seek({ topic, partition, offset: String(offset) });
    }
    if (payload.isStale()) return;
    // kafkajs goes back to the first record where the log ends before what it asks for.
    if (fetchedOffset(batch) < owner.position) throw new LogReplacedError(`partition ${partition}`);
    this.#noticeRemoved(owned, batch);
    const { stream, maxBatchRecords, bounds } = this.#options;
    const begun = performance.now();
    const records = batch.messages
      .filter(({ offset }) => Number(offset) >= owner.position)
      .map((message) => toStoredRecord(stream, partition, message));
    for (const part of cutIntoBatches(records, maxBatchRecords, bounds)) {
      if (!payload.isRunning() || payload.isStale() || signal.aborted) return;
      const to = (part.at(-1)?.offset ?? 0) + 1;
      await this.#inHand.use(bytesOf(part), signal, () => owner.process(part, to, signal));
      owned.seenUpTo = to;
      payload.resolveOffset(String(to - 1));
    }
    const last = batch.lastOffset();
    payload.resolveOffset(batch.messages.at(-1)?.offset ?? last);
    const caughtUp = Number(last) >= Number(batch.highWatermark) - 1;
    await owner.report?.(this.#consumer, caughtUp);
    if (caughtUp && records.length > 0 && records.length < maxBatchRecords)
      await pause(pace.restMs(performance.now() - begun), signal);
  }

  /** While the group was joined anew the brokers may have been rebuilt. */
  async #refuseOtherLog(partition: number, owner: PartitionOwner): Promise<void> {
    if (!(await owner.isOfThisLog())) throw new LogReplacedError(`partition ${partition}`);
  }

  /** Retention goes by time: it does not wait for a reader that is behind. */
  #noticeRemoved(owned: Owned, batch: EachBatchPayload['batch']): void {
    const { group, stream, emit } = this.#options;
    const { partition } = batch;
    const start = logStartOf(batch);
    const removed = { from: owned.seenUpTo, to: start };
    reportRemoved({ stream, partition }, removed, { group, emit, marksPerTransaction });
    owned.seenUpTo = Math.max(owned.seenUpTo, start);
  }

  /**
   * Keeps the session alive while the work runs. When the group has moved on, the work is notified by
   * its signal, and after it has come to an end the error goes to kafkajs, which joins again.
   */
  async #beating(
    heartbeat: () => Promise<void>,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const lost = linkAbort(this.#stopping.signal);
    let loss: unknown;
    const beat = async (): Promise<void> => {
      this.#lastSign = performance.now();
      try {
        await heartbeat();
      } catch (error) {
        loss ??= error;
        lost.abort(error);
      }
    };
    const timer = setInterval(() => void beat(), this.#options.client.heartbeatMs);
    try {
      await work(lost.signal);
    } finally {
      clearInterval(timer);
      lost.release();
    }
    if (loss === undefined) await beat();
    if (loss !== undefined) throw loss as Error;
  }

  #backoff(partition: number): Backoff {
    let backoff = this.#backoffs.get(partition);
    if (backoff === undefined) {
      // Jitter may halve it: the first wait still covers a heartbeat.
      backoff = new Backoff({ firstMs: this.#options.client.heartbeatMs * 2 + 100 });
      this.#backoffs.set(partition, backoff);
    }
    return backoff;
  }
}

function ignore(): void {
  // whoever needs the value hears of the error
}

/** The value, or undefined where there is none or the signal came first. */
async function untilAborted<T>(
  value: Promise<T> | undefined,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (value === undefined || signal.aborted) return undefined;
  return new Promise((resolve) => {
    const none = (): void => resolve(undefined);
    signal.addEventListener('abort', none, { once: true });
    value.then(resolve, none).finally(() => signal.removeEventListener('abort', none));
  });
}
