import { createHash } from 'node:crypto';
import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import type { Component, Logger } from '@envigate/runtime';
import {
  openPool,
  type ConnectionSettings,
  connectDedicated,
  type DedicatedConnection,
  Listener,
  type NotificationHandler,
} from './connection.ts';
import {
  DatabaseError,
  toDatabaseError,
  ClientSession,
  type Session,
  type Sql,
  type TransactionOptions,
} from './session.ts';

export interface DatabaseOptions extends ConnectionSettings {
  /** Connections of this process at most, not counting listeners and held locks. */
  readonly poolSize: number;
  readonly logger: Logger;
  /** How many calls wait for a connection, and how long; absent: any number, for the connect time. */
  readonly waiting?: { readonly maxWaiting: number; readonly patienceMs: number };
}

/** A lock between processes that is held by a connection, not by a transaction. */
export interface AdvisoryLock {
  /** Aborted when the connection that holds the lock is gone; another may have the lock by then. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * PostgreSQL, for everyone. A lost or killed connection fails the calls that used it, with
 * `retryable` true, and nothing else: the pool replaces it at the next call.
 */
export class Database implements Session {
  readonly #options: DatabaseOptions;
  readonly #pool: pg.Pool;
  readonly #listener: Listener;
  readonly #canceller: Canceller;
  readonly #queue: ConnectionQueue | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#pool = openPool(options, { max: options.poolSize });
    // Without listeners an 'error' event ends the process: the pool's are of idle connections,
    // a client's own of one that is in use.
    const report = (error: Error): void =>
      options.logger.debug({ err: error }, 'database connection lost');
    this.#pool.on('error', report);
    this.#pool.on('connect', (client) => client.on('error', report));
    this.#listener = new Listener(() => this.connectDedicated(), options.logger);
    this.#canceller = new Canceller(options, options.logger);
    const { poolSize: places, waiting } = options;
    this.#queue = waiting && new ConnectionQueue({ places, ...waiting });
  }

  query<Row extends object>(sql: Sql, params?: readonly unknown[]): Promise<readonly Row[]> {
    return this.#onConnection((session) => session.query<Row>(sql, params));
  }

  execute(sql: Sql, params?: readonly unknown[]): Promise<number> {
    return this.#onConnection((session) => session.execute(sql, params));
  }

  /**
   * Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. It is
   * not repeated: on a retryable error the caller decides. Where the connection is lost in the
   * COMMIT itself, the transaction may have happened; write so that a repetition finds out.
   */
  transaction<T>(work: (tx: Session) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.#onConnection((session) => session.transaction(work, options));
  }

  /**
   * Calls `handler` with each NOTIFY on the channel. A hint, not a promise: notifications are lost
   * while the connection is away; after each (re)connection the handler is called with undefined.
   * Returns what ends it.
   */
  listen(channel: string, handler: NotificationHandler): () => void {
    return this.#listener.listen(channel, handler);
  }

  /** Takes the named lock on a connection of its own; undefined where another session holds it. */
  async advisoryLock(name: string): Promise<AdvisoryLock | undefined> {
    const connection = await this.connectDedicated();
    try {
      const [row] = await connection.session.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS taken',
        [advisoryLockKey(name)],
      );
      if (row?.taken === true) return { lost: connection.lost, release: () => connection.close() };
    } catch (error) {
      await connection.close();
      throw error;
    }
    await connection.close();
    return undefined;
  }

  /** A connection outside the pool. Whoever asks for one closes it. */
  connectDedicated(changes: Partial<ConnectionSettings> = {}): Promise<DedicatedConnection> {
    if (this.#closing !== undefined) return Promise.reject(closedError());
    return connectDedicated({ ...this.#options, ...changes });
  }

  /** Rejects where the database does not answer; for readiness. */
  async check(): Promise<void> {
    await this.query('SELECT 1');
  }

  /** Waits for calls in flight. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([
      this.#listener.close(),
      this.#pool.end(),
      this.#canceller.close(),
    ]).then(() => undefined);
    return this.#closing;
  }

  /** Another pool to the same server, with limits of its own. Whoever asks for one closes it. */
  withLimits(changes: Omit<Partial<DatabaseOptions>, 'url' | 'logger'>): Database {
    return new Database({ ...this.#options, ...changes });
  }

  async #onConnection<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const signal = cancellation();
    const leave = await this.#queue?.enter(signal);
    try {
      const client = await this.#checkOut();
      return signal === undefined
        ? await useClient(client, work)
        : await this.#useUntil(signal, client, work);
    } finally {
      leave?.();
    }
  }

  /** Where it is cancelled, the connection is not used again: the signal may come late, and hit another. */
  async #useUntil<T>(
    signal: AbortSignal,
    client: pg.PoolClient,
    work: (session: ClientSession) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) {
      client.release();
      throw cancelledError();
    }
    let cancelling: Promise<void> | undefined;
    const cancel = (): void => {
      cancelling = this.#canceller.cancel(processIdOf(client));
    };
    signal.addEventListener('abort', cancel, { once: true });
    return useClient(client, work, async () => {
      signal.removeEventListener('abort', cancel);
      await cancelling;
      return cancelling !== undefined;
    });
  }

  async #checkOut(): Promise<pg.PoolClient> {
    if (this.#closing !== undefined) throw closedError();
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
  }
}

/** `isSpent` says, after the work, whether the connection is to be closed instead of used again. */
async function useClient<T>(
  client: pg.PoolClient,
  work: (session: ClientSession) => Promise<T>,
  isSpent: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<T> {
  const session = new ClientSession(client);
  try {
    return await work(session);
  } finally {
    session.end();
    client.release((await isSpent()) || session.broken);
  }
}

/** The server's process of the connection, which pg's types leave out. */
function processIdOf(client: pg.PoolClient): number {
  return (client as unknown as { readonly processID: number }).processID;
}

/** Opens nothing yet: a server that is away fails the first calls, not the start. */
export function openDatabase(options: DatabaseOptions): Component<Database> {
  return {
    name: 'database',
    async start() {
      const database = new Database(options);
      return { value: database, stop: () => database.close() };
    },
  };
}

/** Advisory locks are numbers: the first 64 bits of the name's SHA-256, as text for a bigint parameter. */
export function advisoryLockKey(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE(0).toString();
}

function closedError(): DatabaseError {
  const fields = { code: 'closed', retryable: false, connectionLost: false };
  return new DatabaseError('the database was closed', fields);
}

interface ConnectionQueueLimits {
  readonly places: number;
  readonly maxWaiting: number;
  readonly patienceMs: number;
}

/**
 * Lets `places` be at work at once and `maxWaiting` more wait, in the order of their coming. Any further
 * one, and one that has waited for `patienceMs`, is rejected. One that is cancelled while it waits frees its
 * place in the queue at once, which the queue of pg's own pool does not.
 */
export class ConnectionQueue {
  #free: number;
  readonly #maxWaiting: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();

  constructor({ places, maxWaiting, patienceMs }: ConnectionQueueLimits) {
    this.#free = places;
    this.#maxWaiting = maxWaiting;
    this.#patienceMs = patienceMs;
  }

  /** Resolves with what gives the place back. Rejects with a retryable DatabaseError. */
  async enter(signal: AbortSignal | undefined): Promise<() => void> {
    if (signal?.aborted === true) throw cancelledError();
    if (this.#free > 0) this.#free -= 1;
    else if (this.#waiting.size >= this.#maxWaiting) throw busyError();
    else await this.#wait(signal);
    return () => this.#leave();
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(take);
      };
      const abort = (): void => {
        end();
        reject(cancelledError());
      };
      const take = (): void => {
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(busyError());
      }, this.#patienceMs);
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(take);
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    next();
  }
}

/** Of a question whose asker has left. */
function cancelledError(): DatabaseError {
  const fields = { code: 'cancelled', retryable: true, connectionLost: false };
  return new DatabaseError('nobody waits for the answer any more', fields);
}

function busyError(): DatabaseError {
  const fields = { code: 'busy', retryable: true, connectionLost: false };
  return new DatabaseError('too many questions wait for the database', fields);
}

const currentCancellation = new AsyncLocalStorage<AbortSignal | undefined>();

/**
 * Runs `work`: what it asks of a Database ends when the signal aborts, on the server too. Carried
 * by the asynchronous context, so that ports need not know of it. For questions, not for changes.
 */
export function cancelWith<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return currentCancellation.run(signal, work);
}

/** Runs `work` for more than the one who happened to ask: it goes on when that one leaves. */
export function withoutCancellation<T>(work: () => Promise<T>): Promise<T> {
  return currentCancellation.run(undefined, work);
}

function cancellation(): AbortSignal | undefined {
  return currentCancellation.getStore();
}

/**
 * Ends the statements of other connections, over a connection of its own: those of the pool may all
 * be busy with what is to be ended. It is made at the first use and closed when it is idle.
 */
class Canceller {
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
