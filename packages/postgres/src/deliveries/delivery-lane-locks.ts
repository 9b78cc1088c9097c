import type { LaneClaim } from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import type { DedicatedConnection } from '../connection/dedicated-connection.ts';
import { statement } from '../connection/session.ts';

/** First half of the two-number advisory locks on lanes; the second is the lane's id. */
export const deliveryLaneLock = 0x6c61_6e65; // 'lane'

const lockStatement = statement(
  'delivery-lane-lock',
  'SELECT pg_try_advisory_lock($1, $2) AS taken',
);
const unlockStatement = statement('delivery-lane-unlock', 'SELECT pg_advisory_unlock($1, $2)');

/**
 * Claims on lanes: advisory locks, all on one connection. They end with it, so that the lanes of a
 * killed process are free as soon as the server sees its socket closed.
 */
export class DeliveryLaneLocks {
  readonly #database: Database;
  #connection: Promise<DedicatedConnection> | undefined;
  /** Locks of one session do not exclude each other. */
  readonly #held = new Set<number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  async claim(laneId: number): Promise<LaneClaim | undefined> {
    if (this.#held.has(laneId)) return undefined;
    this.#held.add(laneId);
    try {
      const connection = await this.#open();
      const [row] = await this.#inTurn(() =>
        connection.session.query<{ taken: boolean }>(lockStatement, [deliveryLaneLock, laneId]),
      );
      if (row?.taken === true) return this.#claimOn(connection, laneId);
    } catch (error) {
      this.#held.delete(laneId);
      throw error;
    }
    this.#held.delete(laneId);
    return undefined;
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await (await connection?.catch(() => undefined))?.close();
  }

  #claimOn(connection: DedicatedConnection, laneId: number): LaneClaim {
    return {
      lost: connection.lost,
      release: async () => {
        // On a lost connection there is nothing left to unlock.
        await this.#inTurn(() =>
          connection.session.execute(unlockStatement, [deliveryLaneLock, laneId]),
        ).catch(() => undefined);
        this.#held.delete(laneId);
      },
    };
  }

  /** A connection takes one statement at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #open(): Promise<DedicatedConnection> {
    this.#connection ??= this.#database.connectDedicated().then(
      (connection) => {
        connection.lost.addEventListener('abort', () => (this.#connection = undefined));
        return connection;
      },
      (error: unknown) => {
        this.#connection = undefined;
        throw error;
      },
    );
    return this.#connection;
  }
}
