import { deliveryReceiptCodec } from '@envigate/contracts';
import {
  deliveryCodes,
  deliveryReceipt,
  isProgress,
  type AttemptResult,
  type BegunBatch,
  type BegunDelivery,
  type DeliveryLane,
  type DeliveryStore,
  type LaneClaim,
  type WaitingLane,
} from '@envigate/domain';
import { streams } from '@envigate/event-log';
import { Mutex } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';
import { deliveriesDueChannel } from './deliveries.ts';
import { readDueBounds } from './read-backlog.ts';
import { insertOutbox } from '../sinks/outbox.ts';
import type { DedicatedConnection } from '../connection/connection.ts';

/** The deliveries in PostgreSQL. `close` gives up every claim. */
export class PostgresDeliveryStore implements DeliveryStore {
  readonly #database: Database;
  readonly #locks: DeliveryLaneLocks;

  constructor(database: Database) {
    this.#database = database;
    this.#locks = new DeliveryLaneLocks(database);
  }

  lanesWithWork(except: readonly number[] = []): Promise<readonly WaitingLane[]> {
    return this.#withDueBounds((from, to) =>
      this.#database.query<WaitingLane>(lanesWithWork, [except, from, to]),
    );
  }

  claim(lane: DeliveryLane): Promise<LaneClaim | undefined> {
    return this.#locks.claim(lane.laneId);
  }

  async begin(lane: WaitingLane, limit: number): Promise<BegunBatch> {
    const rows = await this.#withDueBounds((from, to) =>
      this.#database.query<BegunDelivery & { isNextGathering: boolean }>(beginBatch, [
        ...[lane.laneId, limit, lane.failures, from, to],
      ]),
    );
    const deliveries = rows.toSorted(
      (a, b) => a.dataInstant.getTime() - b.dataInstant.getTime() || a.deliveryId - b.deliveryId,
    );
    return { deliveries, isNextGathering: rows.some((row) => row.isNextGathering) };
  }

  settle(
    lane: DeliveryLane,
    results: readonly AttemptResult[],
    retryAfterMs: number | undefined,
  ): Promise<boolean> {
    return this.#database
      .transaction(async (tx) => {
        await updateDeliveries(tx, results);
        await insertReceipts(tx, lane, results);
        if (retryAfterMs === undefined) await tx.execute(resetLane, [lane.laneId]);
        else await tx.execute(delayLane, [lane.laneId, retryAfterMs, isProgress(results)]);
        return true;
      })
      .catch((error: unknown) => {
        if (error instanceof Superseded) return false;
        throw error;
      });
  }

  onDue(wake: () => void): () => void {
    return this.#database.listen(deliveriesDueChannel, () => wake());
  }

  close(): Promise<void> {
    return this.#locks.close();
  }

  /**
   * What is due is of few months, mostly of one. What falls due after this look wakes the forwarder again.
   */
  async #withDueBounds<Row>(
    work: (from: string, to: string) => Promise<readonly Row[]>,
  ): Promise<readonly Row[]> {
    const bounds = await readDueBounds(this.#database);
    return bounds === undefined ? [] : work(bounds.from, bounds.to);
  }
}

/** Another forwarder has begun these deliveries since; rolls the transaction back. */
class Superseded extends Error {}

/** A time further away than the lane was to wait comes from a clock that was ahead: the lane is due. */
const isDue = (lane: string): string =>
  `${lane}.next_attempt_at - now() NOT BETWEEN interval '0' AND ${lane}.wait`;

/**
 * Until then further files of its moment are waited for. One that fell due in the future was written by a
 * clock that was ahead: it waits for nothing.
 */
const isGathered = (delivery: string): string =>
  `(now() < ${delivery}.due_at OR now() >= ${delivery}.due_at + ${delivery}.gather)`;

/** From now to a time, in milliseconds. */
const msUntil = (time: string): string => `extract(epoch FROM ${time} - now())::float8 * 1000`;

const lanesWithWork = `
  SELECT lane.lane_id AS "laneId", lane.target, station.station, lane.failures,
          greatest(CASE WHEN ${isDue('lane')} THEN 0 ELSE ${msUntil('lane.next_attempt_at')} END,
                   CASE WHEN ${isGathered('head')} THEN 0 ELSE ${msUntil('head.due_at + head.gather')} END)
            AS "waitMs",
          head.data_instant > now() - interval '30 minutes' AS "isLive"
   FROM delivery_lanes lane JOIN station_keys station USING (station_id)
   CROSS JOIN LATERAL (SELECT due_at, gather, data_instant FROM deliveries due
                       WHERE due.state = 'due' AND due.target = lane.target
                         AND due.station_id = lane.station_id
                         AND due.data_instant >= $2::timestamptz AND due.data_instant < $3::timestamptz
                       ORDER BY data_instant, delivery_id LIMIT 1) head
   WHERE NOT EXISTS (SELECT FROM unnest($1::int[]) AS excepted (lane_id) WHERE excepted.lane_id = lane.lane_id)
   ORDER BY lane.next_attempt_at, lane.lane_id`;

const beginBatch = `
  WITH next AS (
     SELECT delivery_id, data_instant, ${isGathered('deliveries')} AS is_gathered FROM deliveries
     WHERE state = 'due' AND (target, station_id) =
           (SELECT target, station_id FROM delivery_lanes lane
            WHERE lane_id = $1 AND failures = $3 AND ${isDue('lane')})
       AND data_instant >= $4::timestamptz AND data_instant < $5::timestamptz
     ORDER BY data_instant, delivery_id LIMIT $2
     FOR UPDATE),
   batch AS (
     SELECT delivery_id, data_instant, bool_and(is_gathered) OVER (ORDER BY data_instant, delivery_id) AS is_ready FROM next)
   UPDATE deliveries d
   SET attempts = attempts + 1, in_doubt = true, resend = resend OR in_doubt
   FROM batch, files file
   WHERE batch.is_ready AND d.delivery_id = batch.delivery_id AND d.data_instant = batch.data_instant
     AND d.data_instant >= $4::timestamptz AND d.data_instant < $5::timestamptz AND file.file_no = d.file_no
   RETURNING d.delivery_id AS "deliveryId", d.attempts AS attempt, d.resend,
             encode(file.file_id, 'hex') AS "fileId", d.file_name AS "fileName", d.payload,
             d.data_instant AS "dataInstant", d.received_at AS "receivedAt", d.rejections,
             (SELECT bool_or(NOT is_ready) FROM batch) AS "isNextGathering"`;

// An attempt that was begun and never made does not count as one.
const endAttempts = `
  UPDATE deliveries d
   SET state = ended.state, in_doubt = ended.in_doubt, ended_at = ended.ended_at,
       receipt = ended.receipt,
       attempts = d.attempts - CASE WHEN ended.tried THEN 0 ELSE 1 END,
       rejections = d.rejections + CASE WHEN ended.rejected THEN 1 ELSE 0 END,
       failure_code = CASE WHEN ended.tried THEN ended.failure_code ELSE d.failure_code END,
       failure = CASE WHEN ended.tried THEN ended.failure ELSE d.failure END
   FROM unnest($1::bigint[], $2::int[], $3::bool[], $4::text[], $5::bool[], $6::timestamptz[],
               $7::text[], $8::smallint[], $9::text[], $10::bool[])
        AS ended (delivery_id, attempt, tried, state, in_doubt, ended_at, receipt, failure_code, failure,
                  rejected)
   WHERE d.delivery_id = ended.delivery_id AND d.attempts = ended.attempt AND d.in_doubt
     AND d.state = 'due' AND d.data_instant BETWEEN $11 AND $12`;

const resetLane = statement(
  'delivery-lane-reset',
  'UPDATE delivery_lanes SET failures = 0, next_attempt_at = now() WHERE lane_id = $1 AND failures > 0',
);

const delayLane = statement(
  'delivery-lane-delay',
  `UPDATE delivery_lanes
   SET failures = CASE WHEN $3 THEN 1 ELSE failures + 1 END,
       wait = $2::float8 * interval '1 millisecond',
       next_attempt_at = now() + $2::float8 * interval '1 millisecond'
   WHERE lane_id = $1`,
);

async function updateDeliveries(tx: Session, results: readonly AttemptResult[]): Promise<void> {
  if (results.length === 0) return;
  const rows = results.map(endOf);
  const updated = await tx.execute(endAttempts, [
    results.map(({ delivery }) => delivery.deliveryId),
    results.map(({ delivery }) => delivery.attempt),
    results.map(({ kind }) => kind !== 'not-tried'),
    rows.map((row) => row.state),
    rows.map((row) => row.inDoubt),
    rows.map((row) => row.endedAt),
    rows.map((row) => storable(row.receipt)),
    rows.map((row) => row.failureCode),
    rows.map((row) => storable(row.failure)),
    results.map(isRejection),
    ...timeBoundsOf(results),
  ]);
  if (updated !== results.length) throw new Superseded();
}

/** A Date is cut to milliseconds: the end includes what is within the last one. */
function timeBoundsOf(results: readonly AttemptResult[]): [Date, Date] {
  const times = results.map(({ delivery }) => delivery.dataInstant.getTime());
  return [new Date(Math.min(...times)), new Date(Math.max(...times) + 1)];
}

interface AttemptEnd {
  readonly state: 'due' | 'sent' | 'refused' | 'set-aside';
  readonly inDoubt: boolean;
  readonly endedAt: Date | null;
  readonly receipt: string | null;
  readonly failureCode: number | null;
  readonly failure: string | null;
}

const open: AttemptEnd = {
  state: 'due',
  inDoubt: false,
  endedAt: null,
  receipt: null,
  failureCode: null,
  failure: null,
};

function endOf(result: AttemptResult): AttemptEnd {
  switch (result.kind) {
    case 'sent':
      return {
        ...open,
        state: 'sent',
        inDoubt: result.presumed,
        endedAt: result.at,
        receipt: result.receipt,
      };
    case 'refused':
      return {
        ...open,
        state: 'refused',
        endedAt: result.at,
        failureCode: result.code,
        failure: result.reason,
      };
    case 'failed':
      return {
        ...open,
        inDoubt: result.inDoubt,
        failureCode: result.code,
        failure: result.reason,
      };
    case 'set-aside':
      return {
        ...open,
        state: 'set-aside',
        inDoubt: result.inDoubt,
        endedAt: result.at,
        failureCode: result.code,
        failure: result.reason,
      };
    case 'not-tried':
      return open;
  }
}

function isRejection(result: AttemptResult): boolean {
  if (result.kind === 'set-aside') return true;
  return result.kind === 'failed' && result.code !== deliveryCodes.cannotConnect;
}

/** PostgreSQL keeps any text but NUL; what the ministry answers is not ours to trust. */
function storable(text: string | null): string | null {
  return text?.replaceAll('\0', '') ?? null;
}

async function insertReceipts(
  tx: Session,
  lane: DeliveryLane,
  results: readonly AttemptResult[],
): Promise<void> {
  const receipts = results.flatMap((result) =>
    result.kind === 'sent' || result.kind === 'refused' ? [deliveryReceipt(lane, result)] : [],
  );
  await insertOutbox(
    tx,
    receipts.map((receipt) => ({
      stream: streams.receipts,
      key: lane.station,
      // Of a delivery that was refused and retried there is one for each end.
      id: `delivery-receipt:${receipt.deliveryId}:${receipt.attempts}`,
      value: deliveryReceiptCodec.encode(receipt),
    })),
  );
}

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
class DeliveryLaneLocks {
  readonly #database: Database;
  #connection: Promise<DedicatedConnection> | undefined;
  /** Locks of one session do not exclude each other. */
  readonly #held = new Set<number>();
  /** A connection takes one statement at a time. */
  readonly #statements = new Mutex();

  constructor(database: Database) {
    this.#database = database;
  }

  async claim(laneId: number): Promise<LaneClaim | undefined> {
    if (this.#held.has(laneId)) return undefined;
    this.#held.add(laneId);
    try {
      const connection = await this.#open();
      const [row] = await this.#statements.run(() =>
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
        await this.#statements
          .run(() => connection.session.execute(unlockStatement, [deliveryLaneLock, laneId]))
          .catch(() => undefined);
        this.#held.delete(laneId);
      },
    };
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
