import { randomUUID } from 'node:crypto';
import { FencedError, type OutgoingRecord } from '@envigate/event-log';
import { refuseImpossible } from './encode-records.ts';
import { LogClosedError } from './errors.ts';
import { PostgresFeed } from './feed.ts';
import type { LogContext } from './log-context.ts';

interface Call {
  readonly records: readonly OutgoingRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Appends that come while one is under way share the next. They go through a feed of this process
 * alone, whose position counts them: after a lost connection it tells whether an append happened.
 */
export class Appender {
  readonly #context: LogContext;
  readonly #name = `append:${randomUUID()}`;
  #feed: PostgresFeed | undefined;
  #waiting: Call[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(context: LogContext) {
    this.#context = context;
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) throw new LogClosedError();
    refuseImpossible(records);
    if (records.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#running ??= this.#run().finally(() => (this.#running = undefined));
    });
  }

  /** Finishes what was handed over; what waits for an absent database is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#feed?.close();
    await this.#running;
    if (this.#feed !== undefined) {
      await this.#context.store.forgetPosition(this.#name).catch(() => undefined);
    }
  }

  async #run(): Promise<void> {
    for (let calls = this.#take(); calls.length > 0; calls = this.#take()) {
      try {
        await this.#publish(calls.flatMap((call) => call.records));
        for (const call of calls) call.resolve();
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
  }

  async #publish(records: readonly OutgoingRecord[]): Promise<void> {
    const consumer = { name: this.#name, stream: '', partition: 0 };
    this.#feed ??= await PostgresFeed.open(consumer, this.#context);
    try {
      await this.#feed.append(records, this.#feed.position + 1);
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      // Nobody else opens it: after a day without an append its row was tidied away.
      this.#feed = await PostgresFeed.open(consumer, this.#context);
      await this.#feed.append(records, this.#feed.position + 1);
    }
  }

  /** At least one call, and as many more as fit into a batch. */
  #take(): Call[] {
    let records = 0;
    const fitting = this.#waiting.findIndex((call, index) => {
      records += call.records.length;
      return index > 0 && records > this.#context.maxBatchRecords;
    });
    return this.#waiting.splice(0, fitting === -1 ? this.#waiting.length : fitting);
  }
}
