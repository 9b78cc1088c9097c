import { randomUUID } from 'node:crypto';
import type { Feed, OutgoingRecord } from '@envigate/event-log';
import { KafkaFeed } from './feed.ts';
import type { LogContext } from './log-context.ts';
import { refuseTooLarge } from './records.ts';

interface Call {
  readonly records: readonly OutgoingRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * `append` of the event log: calls that come while a transaction is under way share the next one.
 * It is a feed that nobody else opens, whose position counts transactions: that settles what
 * became of a transaction when the broker went away in its middle.
 */
export class Appender {
  readonly #context: LogContext;
  #feed: Feed | undefined;
  #waiting: Call[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(context: LogContext) {
    this.#context = context;
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) throw new Error('the event log is closed');
    if (records.length === 0) return;
    refuseTooLarge(records);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#running ??= this.#run().finally(() => (this.#running = undefined));
    });
  }

  /** Waits for what was handed over before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#feed?.close();
    this.#feed = undefined;
  }

  async #run(): Promise<void> {
    for (let calls = this.#take(); calls.length > 0; calls = this.#take()) {
      try {
        this.#feed ??= await KafkaFeed.open(`append.${randomUUID()}`, this.#context);
        const records = calls.flatMap((call) => call.records);
        await this.#feed.append(records, this.#feed.position + 1);
        for (const call of calls) call.resolve();
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
  }

  /** At least one call, and as many more as fit in a transaction. */
  #take(): Call[] {
    let records = 0;
    let count = 0;
    for (const call of this.#waiting) {
      records += call.records.length;
      if (count > 0 && records > this.#context.maxBatchRecords) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
