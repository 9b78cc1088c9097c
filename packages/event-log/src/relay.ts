import { Backoff, pause } from '@envigate/runtime';
import {
  FencedError,
  isRetryable,
  type EventLog,
  type Feed,
  type OutgoingRecord,
  type Running,
} from './port.ts';

export interface OutboxRecord {
  /** Given once, growing, in the order of publication. */
  readonly sequence: number;
  readonly record: OutgoingRecord;
}

/**
 * Events that were written beside their cause, in a place that survives a crash. Their number is
 * the position of the feed that publishes them.
 */
export interface OutboxReader {
  /**
   * Takes the right to relay, or renews it; false while another instance has it. It only keeps
   * instances from fencing each other to and fro: that nothing is published twice is the feed's doing.
   */
  claim(): Promise<boolean>;
  /** The records behind `position`, in order; numbers those that have none yet, above `position`. */
  read(position: number, limit: number): Promise<readonly OutboxRecord[]>;
  /** Releases what is published: everything up to `position`. */
  forget(position: number): Promise<void>;
  /** Gives the right to relay back. */
  release(): Promise<void>;
}

export interface RelayOptions {
  readonly log: Pick<EventLog, 'openFeed'>;
  /** Name of the feed; one per outbox. */
  readonly feed: string;
  readonly outbox: OutboxReader;
  readonly maxBatchRecords?: number;
  /** Wait between two looks into an empty outbox. */
  readonly idleMs?: number;
  /** Wait after the first failure; doubled up to `maxRetryMs`. */
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
  readonly onRelayed?: (records: number) => void;
  /** For the log; after a retryable error the relay goes on by itself. */
  readonly onError?: (error: unknown) => void;
}

/** Publishes an outbox exactly once and in order, whichever instances are killed meanwhile. */
export function relayOutbox(options: RelayOptions): Running {
  const stopping = new AbortController();
  const relay = new Relay(options, stopping.signal);
  const done = relay.run();
  const failed = done.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined); // whoever runs this listens too
  return {
    failed,
    async stop() {
      stopping.abort();
      await done.catch(() => undefined);
    },
  };
}

class Relay {
  readonly #options: RelayOptions;
  readonly #signal: AbortSignal;
  #feed: Feed | undefined;
  /** How far the feed is; kept here, as a feed knows only where it was opened. */
  #position = 0;

  constructor(options: RelayOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Rejects with what neither the outbox nor the log would answer otherwise next time. */
  async run(): Promise<void> {
    const { idleMs = 1_000, firstRetryMs = 200, maxRetryMs = 10_000, onError } = this.#options;
    const backoff = new Backoff({ firstMs: firstRetryMs, maxMs: maxRetryMs });
    while (!this.#signal.aborted) {
      try {
        const published = await this.#step();
        backoff.reset();
        if (!published) await pause(idleMs, this.#signal);
      } catch (error) {
        onError?.(error);
        if (!isRetryable(error) && !(error instanceof FencedError)) {
          await this.#closeFeed();
          throw error;
        }
        // What was published is not known now, or another has the feed: its position shows.
        await this.#closeFeed();
        await backoff.wait(this.#signal);
      }
    }
    await this.#closeFeed();
    await this.#options.outbox.release().catch((error: unknown) => onError?.(error));
  }

  /** True where something was published, and more may be waiting. */
  async #step(): Promise<boolean> {
    const { log, feed: name, outbox, maxBatchRecords = 500, onRelayed } = this.#options;
    if (!(await outbox.claim())) {
      await this.#closeFeed();
      return false;
    }
    if (this.#feed === undefined) {
      this.#feed = await log.openFeed(name);
      this.#position = this.#feed.position;
    }
    const records = await outbox.read(this.#position, maxBatchRecords);
    const last = records.at(-1);
    if (last === undefined) return false;
    await this.#feed.append(
      records.map(({ record }) => record),
      last.sequence,
    );
    this.#position = last.sequence;
    onRelayed?.(records.length);
    await outbox.forget(this.#position);
    return true;
  }

  async #closeFeed(): Promise<void> {
    const feed = this.#feed;
    this.#feed = undefined;
    await feed?.close().catch((error: unknown) => this.#options.onError?.(error));
  }
}
