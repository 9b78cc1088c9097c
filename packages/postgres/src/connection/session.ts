import { unreachableCodes } from '@envigate/runtime';
import type pg from 'pg';

/**
 * A statement with a name: each connection parses and plans it once. For what runs often; the
 * name must be unique in the program.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export function statement(name: string, text: string): Statement {
  return { name, text };
}

export type Sql = string | Statement;

/**
 * Parameters go by number ($1). Arrays become PostgreSQL arrays (for UNNEST), Buffers bytea, Dates
 * timestamptz; JSON must be given as text. bigint columns come back as numbers, timestamptz as
 * Dates, bytea as Buffers. Every failure is a DatabaseError.
 */
export interface Session {
  /** The rows of the answer. */
  query<Row extends object>(sql: Sql, params?: readonly unknown[]): Promise<readonly Row[]>;
  /** The number of rows inserted, updated or deleted. */
  execute(sql: Sql, params?: readonly unknown[]): Promise<number>;
}

export interface TransactionOptions {
  /**
   * False: the commit does not wait for the disk. Where the server crashes, the newest commits may
   * be gone, but always a suffix of all commits: whatever a later, flushed commit has built upon is
   * safe. For effects that are made again from a source whose position is in the same transaction.
   */
  readonly flush?: boolean;
}

/** A Session on one connection; only the code that checked the connection out may use it. */
export class ClientSession implements Session {
  readonly #client: pg.ClientBase;
  /** A failure after which the connection must not be used again. */
  broken = false;
  #ended = false;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  async query<Row extends object>(sql: Sql, params?: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.#run(sql, params)).rows as Row[];
  }

  async execute(sql: Sql, params?: readonly unknown[]): Promise<number> {
    return (await this.#run(sql, params)).rowCount ?? 0;
  }

  /** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. */
  async transaction<T>(
    work: (tx: Session) => Promise<T>,
    { flush = true }: TransactionOptions = {},
  ): Promise<T> {
    await this.execute(flush ? 'BEGIN' : 'BEGIN; SET LOCAL synchronous_commit TO off');
    try {
      const result = await work(this);
      await this.#commit();
      return result;
    } catch (error) {
      // A connection on which not even ROLLBACK works is not used again.
      if (!this.broken) await this.execute('ROLLBACK').catch(() => (this.broken = true));
      throw error;
    }
  }

  /** Rejects where the server rolled back instead: a statement had failed and nobody minded. */
  async #commit(): Promise<void> {
    const { command } = await this.#run('COMMIT', undefined);
    if (command !== 'COMMIT') {
      const fields = { code: '25P02', retryable: false, connectionLost: false };
      throw new DatabaseError('the transaction was rolled back by an earlier error in it', fields);
    }
  }

  /** From now on every use is an error: the connection may already serve someone else. */
  end(): void {
    this.#ended = true;
  }

  async #run(sql: Sql, params: readonly unknown[] | undefined): Promise<pg.QueryResult> {
    if (this.#ended) throw new Error('a session was used after its end: an await is missing');
    const query: pg.QueryConfig<unknown[]> =
      typeof sql === 'string' ? { text: sql } : { name: sql.name, text: sql.text };
    if (params !== undefined) query.values = [...params];
    try {
      return await this.#client.query(query);
    } catch (error) {
      const failure = toDatabaseError(error);
      if (failure.connectionLost) this.broken = true;
      throw failure;
    }
  }
}

/**
 * PostgreSQL's text form of arrays, for columns of thousands of rows: pg's own conversion takes
 * several times as long as the server then needs to read it.
 */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

export function byteaArray(values: readonly Uint8Array[]): string {
  return hexArray(
    values.map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength).toString('hex'),
    ),
  );
}

/** bytea given as hexadecimal. */
export function hexArray(values: readonly string[]): string {
  return `{${values.map((hex) => `"\\\\x${hex}"`).join(',')}}`;
}

const special = /["\\]/;

function quoted(text: string): string {
  return special.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/**
 * What went wrong in or on the way to PostgreSQL.
 *
 * `code` is the SQLSTATE where the server answered ('23505' for a unique violation), else the
 * operating system's ('ECONNREFUSED') or 'connection-lost'.
 */
export class DatabaseError extends Error {
  readonly code: string;
  /** True where the same call may succeed later: the server was away, busy, or chose another victim. */
  readonly retryable: boolean;
  /** True where the connection is gone; a transaction that was committing may have committed. */
  readonly connectionLost: boolean;

  constructor(message: string, fields: DatabaseErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseError';
    this.code = fields.code;
    this.retryable = fields.retryable;
    this.connectionLost = fields.connectionLost;
  }
}

interface DatabaseErrorFields {
  readonly code: string;
  readonly retryable: boolean;
  readonly connectionLost: boolean;
}

/** Classifies whatever pg threw; a DatabaseError is returned as it is. */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const thrown = (
    typeof error === 'object' && error !== null ? error : { message: error }
  ) as Thrown;
  return new DatabaseError(describe(thrown), classify(thrown), { cause: error });
}

/** What pg and Node put on their errors, as far as it matters here. */
interface Thrown {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly detail?: unknown;
  /** The failures of several addresses (::1, 127.0.0.1), joined by Node without a message. */
  readonly errors?: readonly Thrown[];
}

function classify(error: Thrown): DatabaseErrorFields {
  const code = textOf(error.code);
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !systemCodes.has(code)) {
    const connectionLost = code.startsWith('08') || sessionEndingStates.has(code);
    return { code, connectionLost, retryable: connectionLost || isPassingState(code) };
  }
  if (code !== undefined && systemCodes.has(code)) {
    return { code, connectionLost: true, retryable: true };
  }
  if (lostConnectionMessages.test(textOf(error.message) ?? '')) {
    return { code: 'connection-lost', connectionLost: true, retryable: true };
  }
  return { code: code ?? 'client', connectionLost: false, retryable: false };
}

/** States after which the server ends the session: shutdowns and session time-outs. */
const sessionEndingStates = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25P04']);

function isPassingState(state: string): boolean {
  return passingClasses.has(state.slice(0, 2)) || passingStates.has(state);
}

/** Also of lock_timeout. */
export const lockNotAvailable = '55P03';

// Appendix A of the PostgreSQL manual. 53: out of disk, memory or connections; all can end.
const passingClasses = new Set(['53']);
const passingStates = new Set([
  '40001', // serialization_failure
  '40003', // statement_completion_unknown
  '40P01', // deadlock_detected
  '55006', // object_in_use
  lockNotAvailable,
  '57014', // query_canceled, also statement_timeout
  '25006', // read_only_sql_transaction: a standby before its promotion
  '58030', // io_error
]);

const systemCodes = new Set([...unreachableCodes, 'ECONNRESET', 'ECONNABORTED', 'EPIPE']);

// pg reports these without a code.
const lostConnectionMessages =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;

function describe({ message, detail, errors }: Thrown): string {
  const text = textOf(message) ?? '';
  if (text === '' && errors !== undefined) return errors.map(describe).join('; ');
  return textOf(detail) === undefined ? text : `${text} (${textOf(detail)})`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
