import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FleetFile } from '../fleet/fleet.ts';
import { eventually } from '../processes/eventually.ts';
import type { Scene } from '../scene.ts';

/** What is measured on a running scene; the files of each call are new to it. */
export interface Load {
  readonly scene: Scene;
  readonly files: readonly FleetFile[];
  /** FTP sessions that push side by side. */
  readonly sessions: number;
  /** Absent: as fast as they are taken. */
  readonly filesPerSecond?: number;
}

export interface Throughput {
  /** Files per second, from the first byte sent (or the start of the services) to the last file. */
  readonly stored: number;
  readonly delivered: number;
}

/** Pushes everything at once while all services are at work. */
export async function measureBurst(load: Load): Promise<Throughput> {
  const watch = await Watch.start(load);
  await push(load);
  watch.report('taken');
  return watch.untilDelivered();
}

/** Pushes everything while the receiver is alone, then starts the others: what the spool held is worked off. */
export async function measureBacklog(load: Load): Promise<Throughput> {
  const others = [...load.scene.gateway.processes.values()].filter(
    ({ name }) => name !== 'receiver' && name !== 'console',
  );
  await Promise.all(others.map((service) => service.stop()));
  await push(load);
  const watch = await Watch.start(load);
  for (const service of others) service.start();
  return watch.untilDelivered();
}

export interface Latencies {
  /** Seconds from the acknowledged upload, ascending. */
  readonly queryable: readonly number[];
  readonly receipt: readonly number[];
}

/** Pushes at a steady rate and reads from the database what became of each file when. */
export async function measureSteady(load: Load): Promise<Latencies> {
  const { database } = load.scene;
  const [before] = await database.query<{ at: Date }>('SELECT now() AS at');
  await push(load);
  await countReaches(load.scene, "SELECT count(*) AS n FROM deliveries WHERE state = 'due'", 0);
  const seconds = async (sql: string): Promise<number[]> => {
    const rows = await database.query<{ s: number }>(sql, [before!.at]);
    return rows.map((row) => row.s);
  };
  return {
    queryable: await seconds(
      'SELECT extract(epoch FROM recorded_at - received_at)::float8 AS s FROM receptions WHERE received_at > $1 ORDER BY s',
    ),
    receipt: await seconds(
      "SELECT extract(epoch FROM ended_at - received_at)::float8 AS s FROM deliveries WHERE received_at > $1 AND state = 'sent' ORDER BY s",
    ),
  };
}

/** In a process of its own, so that sending and measuring do not wait for each other. */
export async function push({ scene, files, sessions, filesPerSecond }: Load): Promise<void> {
  const options = join(scene.dir, 'load.json');
  const { host, ftpPort, password } = scene.pushTarget;
  const target = { host, ftpPort, password };
  await writeFile(options, JSON.stringify({ target, files, sessions, filesPerSecond }));
  const program = fileURLToPath(new URL('load-process.js', import.meta.url));
  await promisify(execFile)(process.execPath, [program, options]);
}

/** Follows a load through the database. */
class Watch {
  readonly #scene: Scene;
  readonly #files: number;
  readonly #receptionsBefore: number;
  readonly #sentBefore: number;
  readonly #started = performance.now();

  private constructor({ scene, files }: Load, receptions: number, sent: number) {
    this.#scene = scene;
    this.#files = files.length;
    this.#receptionsBefore = receptions;
    this.#sentBefore = sent;
  }

  static async start(load: Load): Promise<Watch> {
    const { database } = load.scene;
    return new Watch(load, await count(database, receptions), await count(database, sent));
  }

  /** Files per second so far. */
  report(what: string): number {
    const perSecond = this.#files / ((performance.now() - this.#started) / 1000);
    console.log(`    ${`${what}:`.padEnd(10)} ${perSecond.toFixed(0)} files/s`);
    return perSecond;
  }

  async untilDelivered(): Promise<Throughput> {
    await countReaches(this.#scene, receptions, this.#receptionsBefore + this.#files);
    const stored = this.report('stored');
    await countReaches(this.#scene, sent, this.#sentBefore + this.#files);
    return { stored, delivered: this.report('delivered') };
  }
}

const receptions = 'SELECT count(*) AS n FROM receptions';
const sent = "SELECT count(*) AS n FROM deliveries WHERE state = 'sent'";

async function count(database: Scene['database'], sql: string): Promise<number> {
  const [row] = await database.query<{ n: number }>(sql);
  return row!.n;
}

function countReaches({ database }: Scene, sql: string, wanted: number): Promise<void> {
  return eventually(
    async () => {
      const found = await count(database, sql);
      if (found !== wanted) throw new Error(`${sql}: ${found}, not ${wanted}`);
    },
    { timeoutMs: 300_000, everyMs: 100 },
  );
}
