import { randomBytes } from 'node:crypto';
import type { DeliveryReceipt, ListedDelivery } from '@envigate/contracts';
import { deliveryReceiptCodec } from '@envigate/contracts';
import { RegistryView, type ConnectMinistryTarget } from '@envigate/domain';
import {
  Database,
  PostgresDeliveryStore,
  DueSignals,
  insertDeliveries,
  listDeliveries,
} from '@envigate/postgres';
import { silentLogger, type Emit } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { startForwarder, type ForwarderParts, type RunningForwarder } from '../forwarder.ts';
import type { events } from '../telemetry.ts';

type Target = Parameters<ConnectMinistryTarget>[0];

export interface Happened {
  readonly name: keyof typeof events;
  readonly payload: Record<string, unknown>;
}

/** A database with due deliveries and forwarders at work on it. */
export class DeliveryScene {
  readonly happened: Happened[] = [];
  readonly #test: TestDatabase;
  #targets: readonly Target[];
  readonly #undo: (() => Promise<void>)[] = [];

  private constructor(test: TestDatabase, targets: Target[]) {
    this.#test = test;
    this.#targets = targets;
  }

  static async create(...targets: Target[]): Promise<DeliveryScene> {
    return new DeliveryScene(await testDatabase(), targets);
  }

  /** As an import of the registry does. */
  setTargets(...targets: Target[]): void {
    this.#targets = targets;
  }

  get database(): Database {
    return this.#test.database;
  }

  get url(): string {
    return this.#test.url;
  }

  killBackends(): Promise<number> {
    return this.#test.killBackends();
  }

  /** `minutes` are the data instants of the files, in the order in which they were received. */
  async fallDue(
    target: string,
    station: string,
    minutes: readonly number[],
    { gatherMs = () => 0 }: { readonly gatherMs?: (minute: number) => number } = {},
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.execute('INSERT INTO station_keys (station) VALUES ($1) ON CONFLICT DO NOTHING', [
        station,
      ]);
      for (const minute of minutes) {
        const name = `${station}_${String(minute).padStart(6, '0')}.txt`;
        const content = Buffer.from(`pH\t${minute}\t-\t20260101120000\t00\r\n`);
        const [file] = await tx.query<{ file_no: number; station_id: number }>(
          `INSERT INTO files (file_id, content_hash, account, name, content, state, station_id)
           SELECT $1, $1, 'test', $2, $3, 'stored', station_id FROM station_keys WHERE station = $4
           RETURNING file_no, station_id`,
          [randomBytes(32), name, content, station],
        );
        await insertDeliveries(tx, [
          {
            target,
            stationId: file!.station_id,
            fileNo: file!.file_no,
            dataInstant: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
            receivedAt: new Date().toISOString(),
            fileName: name,
            payload: content,
            gatherMs: gatherMs(minute),
          },
        ]);
      }
    });
    await new DueSignals(this.database).announce();
  }

  /** As a forwarder does that has just failed. */
  async delayLane(target: string, station: string, waitMs: number): Promise<void> {
    await this.database.execute(
      `UPDATE delivery_lanes
       SET failures = failures + 1, wait = $3::float8 * interval '1 millisecond',
           next_attempt_at = now() + $3::float8 * interval '1 millisecond'
       WHERE target = $1 AND station_id = (SELECT station_id FROM station_keys WHERE station = $2)`,
      [target, station, waitMs],
    );
  }

  /** A forwarder with connections of its own to the database, as in a process of its own. */
  forward(connect: ConnectMinistryTarget, more: Partial<ForwarderParts> = {}): RunningForwarder {
    const database = new Database({ url: this.#test.url, poolSize: 10, logger: silentLogger() });
    const store = new PostgresDeliveryStore(database);
    const emit: Emit<typeof events> = (name, payload) => {
      this.happened.push({ name, payload: { ...payload } });
    };
    const running = startForwarder({
      registry: { current: () => this.registry },
      store,
      connect,
      clock: () => new Date(),
      emit,
      connectionsPerTarget: 4,
      batchFiles: 10,
      setAsideAfter: 100,
      backOff: { firstMs: 50, longestMs: 400 },
      pollMs: 1_000,
      ...more,
    });
    const stop = async (): Promise<void> => {
      await running.stop();
      await store.close();
      await database.close();
    };
    this.#undo.push(stop);
    return { ...running, stop };
  }

  get registry(): RegistryView {
    return new RegistryView({
      facilities: [],
      parameters: [],
      stations: [],
      accounts: [],
      targets: [...this.#targets],
    });
  }

  async deliveries(): Promise<readonly ListedDelivery[]> {
    return (await listDeliveries(this.database, { limit: 10_000 })).rows;
  }

  async untilNoneDue(target?: string): Promise<void> {
    await this.until(async () => {
      const due = await listDeliveries(this.database, { limit: 1, state: 'due', target });
      return due.rows.length === 0;
    });
  }

  async until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await condition())) {
      if (Date.now() > deadline)
        throw new Error(
          `not reached in ${timeoutMs} ms; last: ${JSON.stringify(this.happened.slice(-3))}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Events in the outbox, in the order of their delivery. */
  async receipts(): Promise<DeliveryReceipt[]> {
    const rows = await this.database.query<{ value: Buffer }>(
      `SELECT value FROM outbox WHERE stream = 'ministry.receipts' ORDER BY outbox_id`,
    );
    return rows.map(({ value }) => deliveryReceiptCodec.decode(value));
  }

  async end(): Promise<void> {
    for (const undo of this.#undo.splice(0)) await undo();
    await this.#test.drop();
  }
}

export const ftpTarget = (code: string): Target => ({ code, kind: 'ftp', url: 'ftp://127.0.0.1/' });
