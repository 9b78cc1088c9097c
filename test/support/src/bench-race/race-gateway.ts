import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processorSeconds } from '../processes/processor-time.ts';
import { Gateway, repositoryRoot, type GatewayOptions } from '../gateway.ts';
import { eventually } from '../processes/eventually.ts';
import { peakResidentBytes } from '../processes/process-memory.ts';
import { testDatabase } from '../test-database.ts';
import { raceRegistry, workedOffWithinMs, writeRaceFiles } from './race-files.ts';

/** How a folder was worked off. */
export interface RaceResult {
  readonly filesPerSecond: number;
  /** Of its own processes together: not of PostgreSQL and the broker. */
  readonly processorSeconds: number;
  readonly peakBytes: number;
}

export interface RaceOptions {
  /** Where it may make folders. */
  readonly dir: string;
  readonly files: number;
  readonly layout: GatewayOptions['layout'];
  /** Absent: the event log in PostgreSQL. */
  readonly brokers?: readonly string[] | undefined;
  /** A checkout that is built; absent: this one. */
  readonly root?: string | undefined;
}

/**
 * The time from when the gateway knows the folder, in which the files are, to the row of the last one in the
 * ledger. The gateway runs by then; the files were there before it started.
 */
export async function raceGateway(options: RaceOptions): Promise<RaceResult> {
  const { dir, files, layout, brokers, root = repositoryRoot } = options;
  const place = join(dir, `race-${Date.now()}`);
  const folder = join(place, 'drop');
  await mkdir(place);
  await writeRaceFiles(folder, files);
  // Each build makes the tables that it knows.
  const testDb = await testDatabase({ migrated: false });
  const gateway = await Gateway.create({
    ...{ dataDir: join(place, 'data'), databaseUrl: testDb.url, layout, root },
    ...(brokers !== undefined && { kafkaBrokers: brokers }),
    env: {
      ENVIGATE_LOG_LEVEL: 'warn',
      ENVIGATE_EVENT_LOG_KAFKA_TOPIC_PREFIX: `race-${Date.now()}-`,
    },
  });
  try {
    await mkdir(join(place, 'data'));
    await gateway.cliOrThrow('migrate');
    await gateway.start();
    await gateway.importRegistry(await raceRegistry(folder));
    const began = performance.now();
    const isDone = async (): Promise<void> => {
      const [row] = await testDb.database.query<{ n: number }>(
        'SELECT count(*) AS n FROM receptions',
      );
      if ((row?.n ?? 0) < files) throw new Error(`${row?.n} of ${files} files are recorded`);
    };
    await gateway.whileRunning((signal) =>
      eventually(isDone, { timeoutMs: workedOffWithinMs, everyMs: 100, signal }),
    );
    const seconds = (performance.now() - began) / 1000;
    const pids = [...gateway.processes.values()].map(({ pid }) => pid ?? 0);
    const [cpu, memory] = await Promise.all([
      Promise.all(pids.map(processorSeconds)),
      Promise.all(pids.map(peakResidentBytes)),
    ]);
    return {
      filesPerSecond: files / seconds,
      processorSeconds: sum(cpu),
      peakBytes: sum(memory),
    };
  } finally {
    await gateway.stop();
    await testDb.drop();
    await rm(place, { recursive: true, force: true });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
