import { Mutex } from '@envigate/runtime';
import { advisoryLockKey, type Database } from '../connection/database.ts';
import { lossOf, type DedicatedConnection } from '../connection/connection.ts';

/**
 * The locks of one instance in one group, held by a connection of their own. The server ends
 * that connection when nothing was heard of it for `sessionTimeoutMs`, so a process that hangs or
 * is cut off loses its partitions to the others.
 *
 * The locks only share the work out. That no two owners take effect is the business of the
 * positions, which an owner that lost its locks without noticing cannot move any more.
 */
export class Ownership {
  readonly #connection: DedicatedConnection;
  readonly #group: string;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #statements = new Mutex();

  private constructor(connection: DedicatedConnection, group: string, heartbeatMs: number) {
    this.#connection = connection;
    this.#group = group;
    this.#heartbeat = setInterval(() => {
      void this.holds();
    }, heartbeatMs);
    connection.lost.addEventListener('abort', () => clearInterval(this.#heartbeat));
  }

  /** Joins the group: this instance is counted by `members` until it closes or its connection ends. */
  static async join(
    database: Database,
    group: string,
    sessionTimeoutMs: number,
  ): Promise<Ownership> {
    const connection = await database.connectDedicated({
      applicationName: `envigate ${group}`,
      statementTimeoutMs: sessionTimeoutMs,
    });
    try {
      await connection.session.execute(`SET idle_session_timeout = ${Math.ceil(sessionTimeoutMs)}`);
      await connection.session.query('SELECT pg_advisory_lock_shared($1)', [memberKey(group)]);
    } catch (error) {
      await connection.close();
      throw error;
    }
    return new Ownership(connection, group, sessionTimeoutMs / 3);
  }

  /** Aborted when the locks are gone. */
  get lost(): AbortSignal {
    return this.#connection.lost;
  }

  /** Asks the server, so it is right also where `lost` has not been noticed yet. */
  async holds(): Promise<boolean> {
    return this.#ask('SELECT 1', []).then(
      () => true,
      () => false,
    );
  }

  /** The instances in the group, this one included. */
  async members(): Promise<number> {
    // pg_locks shows a 64-bit key in two halves.
    const [row] = await this.#ask<{ members: number }>(
      `SELECT count(DISTINCT pid) AS members FROM pg_locks
       WHERE locktype = 'advisory' AND objsubid = 1 AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND classid::bigint = ($1::bigint >> 32) & 4294967295
         AND objid::bigint = $1::bigint & 4294967295`,
      [memberKey(this.#group)],
    );
    return row?.members ?? 1;
  }

  async tryTake(partition: number): Promise<boolean> {
    const [row] = await this.#ask<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      partitionKey(this.#group, partition),
    ]);
    return row?.taken === true;
  }

  async giveBack(partition: number): Promise<void> {
    await this.#ask('SELECT pg_advisory_unlock($1)', [partitionKey(this.#group, partition)]);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#connection.close();
  }

  /** One statement at a time; each is also a sign of life. Where one fails nothing is held any more. */
  #ask<Row extends object>(sql: string, params: readonly unknown[]): Promise<readonly Row[]> {
    return this.#statements.run(async () => {
      if (this.lost.aborted) throw lossOf(this.#connection);
      try {
        return await this.#connection.session.query<Row>(sql, params);
      } catch (error) {
        await this.#connection.close();
        throw error;
      }
    });
  }
}

/** Of the instances of one consumer on one stream. */
export function groupOf(consumer: string, stream: string): string {
  return `${consumer} ${stream}`;
}

/** Shared by the instances of a group while they are in it. */
export function memberKey(group: string): string {
  return advisoryLockKey(`event log members ${group}`);
}

function partitionKey(group: string, partition: number): string {
  return advisoryLockKey(`event log owner ${group} ${partition}`);
}
