import { join } from 'node:path';
import { importRegistry } from '@envigate/postgres';
import { processorSeconds } from '../processes/processor-time.ts';
import type { ServerUnderTest } from '../bench-reception/servers/server-under-test.ts';
import { Gateway } from '../gateway.ts';
import { eventually } from '../processes/eventually.ts';
import type { ManagedProcess } from '../processes/managed-process.ts';
import { residentBytes } from '../processes/process-memory.ts';
import { testDatabase, type TestDatabase } from '../test-database.ts';

const target = 'ministry';
const rowsPerFile = 10;
const liveStations = 50;
const liveEveryMs = 100;
const limitMs = 1_800_000;

export interface Drained {
  readonly seconds: number;
  /** Of the forwarder's process. */
  readonly processorSeconds: number;
  /** Resident memory of the forwarder, sampled each second. */
  readonly memoryBytes: readonly number[];
}

/** A forwarder in a process of its own, and the table that it works off. */
export class ForwardBench {
  readonly #test: TestDatabase;
  readonly #forwarder: ManagedProcess;

  private constructor(test: TestDatabase, forwarder: ManagedProcess) {
    this.#test = test;
    this.#forwarder = forwarder;
  }

  static async start(server: ServerUnderTest, dir: string): Promise<ForwardBench> {
    const test = await testDatabase();
    // Below the folder of the login: vsftpd runs without a root of its own here.
    const url = `ftp://127.0.0.1:${server.port}/~/${server.folder}`;
    const registry = {
      ...{ facilities: [], parameters: [], stations: [], accounts: [] },
      targets: [
        { code: target, kind: 'ftp' as const, url, user: server.user, secret: server.password },
      ],
    };
    await importRegistry(test.database, registry, { actor: 'bench' });
    const gateway = await Gateway.create({
      ...{ dataDir: join(dir, 'data'), databaseUrl: test.url, layout: 'process-per-service' },
    });
    const forwarder = gateway.processes.get('forwarder')!;
    forwarder.start();
    await eventually(
      async () => {
        const { ok } = await fetch(`http://${gateway.operationsOf('forwarder')}/readyz`);
        if (!ok) throw new Error('the forwarder is not ready');
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
    return new ForwardBench(test, forwarder);
  }

  /** `each` files of each station fall due at once. From then until all of them are recorded as sent. */
  async deliver(prefix: string, stations: number, each: number): Promise<Drained> {
    await this.#test.database.transaction(async (tx) => {
      await tx.execute(fallDue, [prefix, stations, each, target, payload(0)]);
      await tx.execute(openLanes, [target]);
      await tx.execute(`SELECT pg_notify('deliveries_due', '')`);
    });
    const began = performance.now();
    const usedBefore = await this.#usedSeconds();
    const memoryBytes: number[] = [];
    let sampledAt = -Infinity;
    await eventually(
      async () => {
        if (performance.now() - sampledAt > 1_000) {
          memoryBytes.push(await residentBytes(this.#forwarder.pid));
          sampledAt = performance.now();
        }
        const [row] = await this.#test.database.query<{ isDue: boolean }>(
          `SELECT EXISTS (SELECT FROM deliveries WHERE state = 'due' AND target = $1
                          AND station_id IN (SELECT station_id FROM station_keys WHERE station LIKE $2)) AS "isDue"`,
          [target, `${prefix}-%`],
        );
        if (row?.isDue !== false) throw new Error('not all is sent');
      },
      // Each look costs PostgreSQL milliseconds of a backlog that is not to be its own.
      { timeoutMs: limitMs, everyMs: stations * each > 10_000 ? 500 : 20 },
    );
    const used = (await this.#usedSeconds()) - usedBefore;
    const seconds = (performance.now() - began) / 1000;
    return { seconds, processorSeconds: used, memoryBytes };
  }

  /** A file of other stations every 100 ms. The function that is returned ends it: milliseconds to each receipt. */
  sendLive(): () => Promise<readonly number[]> {
    let isOver = false;
    const sending = (async () => {
      for (let n = 0; !isOver; n += 1) {
        await this.#test.database.transaction(async (tx) => {
          await tx.execute(liveFile, [`live-${n % liveStations}`, `live_${n}`, target, payload(n)]);
          await tx.execute(openLanes, [target]);
          await tx.execute(`SELECT pg_notify('deliveries_due', '')`);
        });
        await new Promise((resolve) => setTimeout(resolve, liveEveryMs));
      }
    })();
    return async () => {
      isOver = true;
      await sending;
      const unsent = `SELECT FROM deliveries WHERE state = 'due' AND file_name LIKE 'live\\_%'`;
      await eventually(
        async () => {
          if ((await this.#test.database.query(unsent)).length > 0)
            throw new Error('not all is sent');
        },
        { timeoutMs: 60_000, everyMs: 50 },
      );
      const rows = await this.#test.database.query<{ ms: number }>(
        `SELECT extract(epoch FROM ended_at - due_at)::float8 * 1000 AS ms
         FROM deliveries WHERE file_name LIKE 'live\\_%'`,
      );
      return rows.map(({ ms }) => ms);
    };
  }

  async stop(): Promise<void> {
    await this.#forwarder.stop();
    await this.#test.drop();
  }

  #usedSeconds(): Promise<number> {
    return processorSeconds(this.#forwarder.pid ?? 0);
  }
}

export function fileName(prefix: string, n: number): string {
  return `${prefix}_${String(n).padStart(6, '0')}.txt`;
}

/** Ten rows of the official form, about 320 bytes. */
export function payload(n: number): Buffer {
  const rows = Array.from(
    { length: rowsPerFile },
    (_, row) => `PAR${row}\t${(n % 100) + row}.25\tmg/L\t20260101120000\t00\r\n`,
  );
  return Buffer.from(rows.join(''));
}

/** All deliveries refer to one recorded file: the forwarder reads its id, and nothing else of it. */
const fallDue = `
  WITH station AS (
    INSERT INTO station_keys (station) SELECT $1 || '-' || n FROM generate_series(1, $2::int) n
    RETURNING station_id, station),
  file AS (
    INSERT INTO files (file_id, content_hash, account, name, content, state)
    VALUES (sha256($1::bytea), sha256($1::bytea), 'bench', $1, '', 'stored') RETURNING file_no)
  INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload)
  SELECT $4, station_id, file_no, now() - interval '12 hours' + n * interval '5 minutes', now(),
         station || '_' || lpad(n::text, 6, '0') || '.txt', $5
  FROM station, file, generate_series(1, $3::int) n`;

const liveFile = `
  WITH station AS (
    INSERT INTO station_keys (station) VALUES ($1) ON CONFLICT (station) DO UPDATE SET station = excluded.station
    RETURNING station_id),
  file AS (
    INSERT INTO files (file_id, content_hash, account, name, content, state)
    VALUES (sha256($2::text::bytea), sha256($2::text::bytea), 'bench', $2, '', 'stored') RETURNING file_no)
  INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload)
  SELECT $3, station_id, file_no, now(), now(), $2 || '.txt', $4 FROM station, file`;

const openLanes = `
  INSERT INTO delivery_lanes (target, station_id)
  SELECT $1, station_id FROM station_keys
  WHERE NOT EXISTS (SELECT FROM delivery_lanes lane
                    WHERE lane.target = $1 AND lane.station_id = station_keys.station_id)
  ON CONFLICT DO NOTHING`;
