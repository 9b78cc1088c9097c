import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { linkAbort, type Logger, Backoff, pause } from '@envigate/runtime';
import { type DatabaseError, toDatabaseError, ClientSession } from './session.ts';

/** How every connection of this package is set up. */
export interface ConnectionSettings {
  /** Asked for each connection where it is a function: an error is what the connection fails with. */
  readonly url: string | (() => string | DatabaseError);
  /** Seen in pg_stat_activity. */
  readonly applicationName?: string;
  /** Ends a statement that runs longer; 0 lets it. */
  readonly statementTimeoutMs?: number;
  /** Ends a statement that waits longer for a lock; 0 lets it. */
  readonly lockTimeoutMs?: number;
  /** Ends a session that holds a transaction open without using it. */
  readonly idleInTransactionTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /**
   * Statements read in the order of an index wherever there is one. For those that take the first
   * rows of it: the planner may rate that as more costly than reading a whole table and sorting it.
   */
  readonly readsByIndex?: boolean;
}

const defaults = {
  applicationName: 'envigate',
  statementTimeoutMs: 60_000,
  lockTimeoutMs: 20_000,
  idleInTransactionTimeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  readsByIndex: false,
};

// The planner only rates these as more costly: what can be read in no other way still is.
const byIndex = ['seqscan', 'sort', 'hashjoin', 'mergejoin']
  .map((way) => ` -c enable_${way}=off`)
  .join('');

/** Throws where the URL is invalid; the message never shows its password. */
function clientConfig(settings: ConnectionSettings): pg.ClientConfig {
  const url = typeof settings.url === 'function' ? settings.url() : settings.url;
  if (typeof url !== 'string') return { stream: () => new FailingSocket(url) };
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') {
    throw new Error('the database URL must look like postgres://user:password@host:5432/name');
  }
  const all = { ...defaults, ...settings };
  return {
    connectionString: url,
    application_name: all.applicationName,
    statement_timeout: all.statementTimeoutMs,
    lock_timeout: all.lockTimeoutMs,
    idle_in_transaction_session_timeout: all.idleInTransactionTimeoutMs,
    // The server ends a long statement; this one is for a server, or a network, that went silent.
    ...(all.statementTimeoutMs > 0 && { query_timeout: all.statementTimeoutMs + 10_000 }),
    connectionTimeoutMillis: all.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: `-c TimeZone=UTC${all.readsByIndex ? byIndex : ''}`,
    types: { getTypeParser },
  };
}

export function openPool(settings: ConnectionSettings, config: pg.PoolConfig): pg.Pool {
  // The address of a server of our own may change with each start of it.
  return new pg.Pool({ ...clientConfig(settings), ...config, Client: clientOf(settings) });
}

function clientOf(settings: ConnectionSettings): typeof pg.Client {
  if (typeof settings.url === 'string') return pg.Client;
  return class extends pg.Client {
    constructor() {
      super(clientConfig(settings));
    }
  };
}

/** Fails to connect with a reason that is known before. */
class FailingSocket extends Socket {
  readonly #reason: Error;

  constructor(reason: Error) {
    super();
    this.#reason = reason;
  }

  override connect(): this {
    return this.destroy(this.#reason);
  }
}

type ParseText = (text: string) => unknown;
type ParserOf = (oid: number, format?: 'text' | 'binary') => ParseText;

const standardParser = pg.types.getTypeParser as ParserOf;
const int8Oid = 20;
const int8ArrayOid = 1016;
const textArrayOid = 1009;

// bigint comes as a number: our counters and offsets stay below 2^53, and one beyond is an error.
const getTypeParser: ParserOf = (oid, format = 'text') => {
  if (format === 'text' && oid === int8Oid) return parseInt8;
  if (format === 'text' && oid === int8ArrayOid) return parseInt8Array;
  return standardParser(oid, format);
};

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is beyond 2^53`);
  return value;
}

function parseInt8Array(text: string): (number | null)[] {
  const items = standardParser(textArrayOid)(text) as (string | null)[];
  return items.map((item) => (item === null ? null : parseInt8(item)));
}

const farewellMs = 2_000;

/** A connection outside the pool, for what lives as long as its session: LISTEN and advisory locks. */
export interface DedicatedConnection {
  readonly session: ClientSession;
  /** Aborted, with the reason, when the connection ends for whatever cause. */
  readonly lost: AbortSignal;
  /** The server's notifications on channels that this session listens to. */
  onNotification(receive: (channel: string, payload: string) => void): void;
  close(): Promise<void>;
}

export async function connectDedicated(settings: ConnectionSettings): Promise<DedicatedConnection> {
  const client = new pg.Client(clientConfig(settings));
  const ended = new AbortController();
  // Without a listener an 'error' event ends the process.
  client.on('error', (error) => ended.abort(toDatabaseError(error)));
  client.on('end', () => ended.abort(toDatabaseError(new Error('Connection terminated'))));
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toDatabaseError(error);
  }
  return {
    session: new ClientSession(client),
    lost: ended.signal,
    onNotification(receive) {
      client.on('notification', ({ channel, payload }) => receive(channel, payload ?? ''));
    },
    async close() {
      // A server that went silent does not answer the farewell either.
      const impatient = setTimeout(() => streamOf(client).destroy(), farewellMs);
      await client.end().catch(() => undefined);
      clearTimeout(impatient);
    },
  };
}

export function lossOf(connection: DedicatedConnection): DatabaseError {
  return toDatabaseError(connection.lost.reason);
}

function streamOf(client: pg.Client): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}

/** Called with the payload of a NOTIFY; and with undefined when notifications may have been missed. */
export type NotificationHandler = (payload: string | undefined) => void;

const firstRetryMs = 100;
const maxRetryMs = 5_000;
// A connection that a firewall dropped silently is found out by asking it.
const probeMs = 30_000;

/** LISTEN on one connection for all channels, opened at the first use and again whenever it is lost. */
export class Listener {
  readonly #connect: () => Promise<DedicatedConnection>;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, Set<NotificationHandler>>();
  readonly #closing = new AbortController();
  #connection: DedicatedConnection | undefined;
  #running: Promise<void> | undefined;

  constructor(connect: () => Promise<DedicatedConnection>, logger: Logger) {
    this.#connect = connect;
    this.#logger = logger;
  }

  /** Starts at once and never fails: while the server is away the handler simply is not called. */
  listen(channel: string, handler: NotificationHandler): () => void {
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(handler));
    if (handlers.size === 1 && this.#connection !== undefined) {
      this.#subscribe(this.#connection, channel).catch(() => undefined); // its loss is handled below
    }
    this.#running ??= this.#run();
    return () => handlers.delete(handler);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff({ firstMs: firstRetryMs, maxMs: maxRetryMs });
    while (!this.#closing.signal.aborted) {
      try {
        const connection = await this.#connect();
        try {
          await this.#serve(connection, () => backoff.reset());
        } finally {
          this.#connection = undefined;
          await connection.close();
        }
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#logger.debug({ err: error }, 'listening for notifications was interrupted');
      }
      await backoff.wait(this.#closing.signal);
    }
  }

  async #serve(connection: DedicatedConnection, onListening: () => void): Promise<void> {
    connection.onNotification((channel, payload) => this.#deliver(channel, payload));
    this.#connection = connection;
    for (const channel of this.#handlers.keys()) await this.#subscribe(connection, channel);
    onListening();
    // What was sent before LISTEN took effect is lost: let everyone look for themselves.
    for (const channel of this.#handlers.keys()) this.#deliver(channel, undefined);
    const ends = linkAbort(connection.lost, this.#closing.signal);
    try {
      while (!ends.signal.aborted) {
        await pause(probeMs, ends.signal);
        if (!ends.signal.aborted) await connection.session.query('SELECT 1');
      }
    } finally {
      ends.release();
    }
  }

  async #subscribe(connection: DedicatedConnection, channel: string): Promise<void> {
    await connection.session.execute(`LISTEN "${channel.replaceAll('"', '""')}"`);
  }

  #deliver(channel: string, payload: string | undefined): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(payload);
  }
}
