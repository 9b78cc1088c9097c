import { Backoff } from '@envigate/runtime';
import { isRetryable, type Feed, type OutgoingRecord } from '@envigate/event-log';
import { Cursor } from './cursor.ts';
import { refuseImpossible } from './encode-records.ts';
import { LogClosedError } from './errors.ts';
import type { Consumer } from './log-store.ts';
import type { LogContext } from './log-context.ts';

export function feedConsumer(name: string): Consumer {
  return { name: `feed:${name}`, stream: '', partition: 0 };
}

/** Appends one after the other, each waiting out passing faults until the feed is closed. */
export class PostgresFeed implements Feed {
  readonly #cursor: Cursor;
  readonly #onClosed: (feed: PostgresFeed) => void;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();

  private constructor(cursor: Cursor, onClosed: (feed: PostgresFeed) => void) {
    this.#cursor = cursor;
    this.#onClosed = onClosed;
  }

  /** `onClosed` is called with the feed once it was closed, so that nobody keeps it longer. */
  static async open(
    consumer: Consumer,
    recalled: number,
    { store, tails, emit }: LogContext,
    onClosed: (feed: PostgresFeed) => void,
  ): Promise<PostgresFeed> {
    const cursor = await Cursor.claim(store, consumer, (ends) => tails.announce(ends));
    if (cursor.isNew && recalled > 0) {
      emit('position-recalled', { of: consumer.name, position: recalled });
      await cursor.commit([], recalled);
    }
    return new PostgresFeed(cursor, onClosed);
  }

  get position(): number {
    return this.#cursor.position;
  }

  append(records: readonly OutgoingRecord[], position: number): Promise<void> {
    const turn = this.#last.then(() => this.#append(records, position));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** An append that waits for the database is given up: it may or may not have happened. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last;
    this.#onClosed(this);
  }

  async #append(records: readonly OutgoingRecord[], position: number): Promise<void> {
    refuseImpossible(records);
    const backoff = new Backoff();
    for (;;) {
      if (this.#closing.signal.aborted) throw new LogClosedError();
      try {
        await this.#cursor.commit(records, position);
        return;
      } catch (error) {
        if (!isRetryable(error) || this.#closing.signal.aborted) throw error;
        await backoff.wait(this.#closing.signal);
      }
    }
  }
}
