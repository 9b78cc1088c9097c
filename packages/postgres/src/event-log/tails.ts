import type { StreamPartition } from '@envigate/event-log';
import type { Logger } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import type { LogStore, PartitionEnd } from './log-store.ts';

const channel = 'envigate_event_log';
// A notification carries less than 8,000 bytes; a longer one would say "look for yourselves".
const longestPayload = 7_500;

/**
 * Where partitions end, as far as this process knows: from its own appends, by NOTIFY of other
 * processes, and at least every `pollMs` by the table itself, which is the truth.
 */
export class Tails {
  readonly #store: LogStore;
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #pollMs: number;
  readonly #ends = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #unannounced = new Map<string, number>();
  #announcing: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #poll: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;

  constructor(store: LogStore, database: Database, logger: Logger, pollMs: number) {
    this.#store = store;
    this.#database = database;
    this.#logger = logger;
    this.#pollMs = pollMs;
  }

  /** Where a partition ends as its new owner has just read it: before what is known, where the log was put back. */
  restart(place: StreamPartition, end: number): void {
    this.#ends.set(nameOf(place), end);
  }

  endOf(place: StreamPartition): number {
    return this.#ends.get(nameOf(place)) ?? 0;
  }

  /** Resolves when the partition has a record at or beyond `position`, or the signal is aborted. */
  async beyond(place: StreamPartition, position: number, signal: AbortSignal): Promise<void> {
    this.#watch();
    const name = nameOf(place);
    while (!signal.aborted && (this.#ends.get(name) ?? 0) <= position) {
      await new Promise<void>((resolve) => {
        const waiters = this.#waiting.get(name) ?? new Set();
        this.#waiting.set(name, waiters);
        const wake = (): void => {
          waiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiters.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  /** Called by this process's own appends: wakes its readers at once and, soon, those of others. */
  announce(ends: readonly PartitionEnd[]): void {
    for (const each of ends) {
      this.#note(nameOf(each), each.end);
      this.#unannounced.set(nameOf(each), each.end);
    }
    if (ends.length > 0) this.#announcing ??= this.#announceAll();
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    this.#unlisten?.();
    await this.#announcing;
    await this.#refreshing;
  }

  /** One notification at a time: what comes meanwhile shares the next. */
  async #announceAll(): Promise<void> {
    try {
      while (this.#unannounced.size > 0) {
        const lines = [...this.#unannounced].map(([name, end]) => `${name} ${end}`);
        this.#unannounced.clear();
        const payload = lines.join('\n');
        await this.#store.notify(channel, payload.length > longestPayload ? '' : payload);
      }
    } catch (error) {
      this.#logger.debug({ err: error }, 'readers elsewhere were not notified; they poll');
    } finally {
      this.#announcing = undefined;
    }
  }

  #watch(): void {
    if (this.#poll !== undefined) return;
    this.#poll = setInterval(() => this.#refresh(), this.#pollMs);
    this.#unlisten = this.#database.listen(channel, (payload) => this.#hear(payload));
    this.#refresh();
  }

  #hear(payload: string | undefined): void {
    // The connection is a new one: the server may have been put back to an older state meanwhile.
    if (payload === undefined) this.#store.recent.forgetAll();
    if (payload === undefined || payload === '') return this.#refresh();
    for (const line of payload.split('\n')) {
      const at = line.lastIndexOf(' ');
      this.#note(line.slice(0, at), Number(line.slice(at + 1)));
    }
  }

  #refresh(): void {
    this.#refreshing ??= this.#store
      .ends()
      .then((ends) => {
        for (const each of ends) this.#note(nameOf(each), each.end);
      })
      .catch((error: unknown) => this.#logger.debug({ err: error }, 'polling the log failed'))
      .finally(() => (this.#refreshing = undefined));
  }

  #note(name: string, end: number): void {
    if (end <= (this.#ends.get(name) ?? 0)) return;
    this.#ends.set(name, end);
    for (const wake of [...(this.#waiting.get(name) ?? [])]) wake();
  }
}

function nameOf({ stream, partition }: { stream: string; partition: number }): string {
  return `${stream} ${partition}`;
}
