import { Socket } from 'node:net';
import pg from 'pg';
import type { DatabaseError } from './database-error.ts';

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
export function clientConfig(settings: ConnectionSettings): pg.ClientConfig {
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
