import type pg from 'pg';
import { DatabaseError, toDatabaseError } from './database-error.ts';

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
