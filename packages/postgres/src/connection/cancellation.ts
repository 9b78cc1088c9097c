import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import type { Logger } from '@envigate/runtime';
import { openPool, type ConnectionSettings } from './connection-settings.ts';

const current = new AsyncLocalStorage<AbortSignal | undefined>();

/**
 * Runs `work`: what it asks of a Database ends when the signal aborts, on the server too. Carried
 * by the asynchronous context, so that ports need not know of it. For questions, not for changes.
 */
export function cancelWith<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return current.run(signal, work);
}

/** Runs `work` for more than the one who happened to ask: it goes on when that one leaves. */
export function withoutCancellation<T>(work: () => Promise<T>): Promise<T> {
  return current.run(undefined, work);
}

export function cancellation(): AbortSignal | undefined {
  return current.getStore();
}

/**
 * Ends the statements of other connections, over a connection of its own: those of the pool may all
 * be busy with what is to be ended. It is made at the first use and closed when it is idle.
 */
export class Canceller {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;

  constructor(settings: ConnectionSettings, logger: Logger) {
    this.#logger = logger;
    this.#pool = openPool(settings, { max: 1, idleTimeoutMillis: 10_000 });
    this.#pool.on('error', (error) => this.#report(error));
    this.#pool.on('connect', (client) => client.on('error', (error) => this.#report(error)));
  }

  /** Never rejects: a statement that could not be cancelled ends by its time limit. */
  async cancel(processId: number): Promise<void> {
    await this.#pool
      .query('SELECT pg_cancel_backend($1)', [processId])
      .catch((error: unknown) => this.#report(error));
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #report(error: unknown): void {
    this.#logger.debug({ err: error }, 'statement could not be cancelled');
  }
}
