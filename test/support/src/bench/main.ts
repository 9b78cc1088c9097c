import { execFile } from 'node:child_process';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createFleet, type FleetFile } from '../fleet/fleet.ts';
import { repositoryRoot } from '../gateway.ts';
import { eventually } from '../processes/eventually.ts';
import { startScene, type Scene } from '../scene.ts';
import { startKafka } from '../servers/kafka.ts';
import { startTestPostgres } from '../servers/postgres.ts';
import { latency, percentile, rate, toJsonLine, toTable, type Figure } from './figure.ts';
import { readNaively } from './naive-reader.ts';

// `make bench`: the whole way of a file, on both event logs, beside a naive reader of the same
// files on the same PostgreSQL. Prints a table; appends one JSON line per figure to
// test/bench/results/.

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', default: '5000' },
    stations: { type: 'string', default: '50' },
    sessions: { type: 'string', default: '8' },
    // The rate at which latency is measured: 1,000 stations give 3.3 files/s, in bursts.
    rate: { type: 'string', default: '50' },
  },
});
const files = Number(flags.files);
const stations = Number(flags.stations);
const against = 'naive reader: split and upsert, one transaction a file, same PostgreSQL';

const postgres = await startTestPostgres();
process.env['ENVIGATE_TEST_POSTGRES'] = postgres.url;
const kafka = await startKafka({ dir: join(repositoryRoot, 'test/.run', `bench-${process.pid}`) });
process.env['KAFKA_BROKERS'] = kafka.brokers.join(',');
const figures: Figure[] = [];
try {
  for (const eventLog of ['postgres', 'kafka'] as const) figures.push(...(await measure(eventLog)));
} finally {
  await kafka.stop();
  await postgres.stop();
}
console.log(`\n${toTable(figures)}\n`);
const results = join(repositoryRoot, 'test/bench/results');
await mkdir(results, { recursive: true });
const lines = figures.map(toJsonLine).join('\n');
console.log(lines);
await appendFile(join(results, 'whole-way.jsonl'), `${lines}\n`);
process.exit();

async function measure(eventLog: 'postgres' | 'kafka'): Promise<Figure[]> {
  console.log(
    `\n${eventLog}: ${files} files of ${stations} stations over ${flags.sessions} FTP sessions`,
  );
  const scene = await startScene({ eventLog, layout: 'process-per-service', stations, files });
  try {
    const whole = scene.fleet.files.filter((file) => file.fate === 'whole');
    const naive = await readNaively(scene.database, whole);
    const burst = await measureBurst(scene, whole);
    const steady = await measureSteady(scene);
    const name = (what: string): string => `${what}, ${eventLog}`;
    const ms = (times: readonly number[], share: number): number => percentile(times, share) * 1000;
    return [
      rate(name('whole way to stored'), burst.stored, naive.filesPerSecond, against, 1),
      rate(name('whole way to receipt'), burst.delivered, naive.filesPerSecond, against, 1),
      ...([0.5, 0.99] as const).flatMap((share) => [
        latency(
          name(`226 to queryable p${share * 100}`),
          ms(steady.queryable, share),
          percentile(naive.times, share),
          against,
          0.01,
        ),
        latency(
          name(`226 to receipt p${share * 100}`),
          ms(steady.receipt, share),
          percentile(naive.times, share),
          against,
          0.01,
        ),
      ]),
    ];
  } finally {
    await scene.stop();
  }
}

/** Files per second from the first byte sent to the last file stored, and delivered. */
async function measureBurst(
  scene: Scene,
  burst: readonly FleetFile[],
): Promise<{ stored: number; delivered: number }> {
  const started = performance.now();
  const perSecond = (): number => burst.length / ((performance.now() - started) / 1000);
  await push(scene, burst);
  console.log(`  taken:     ${perSecond().toFixed(0)} files/s`);
  await countReaches(scene, 'SELECT count(*) AS n FROM receptions', burst.length);
  const stored = perSecond();
  console.log(`  stored:    ${stored.toFixed(0)} files/s`);
  await countReaches(
    scene,
    "SELECT count(*) AS n FROM deliveries WHERE state = 'sent'",
    burst.length,
  );
  const delivered = perSecond();
  console.log(`  delivered: ${delivered.toFixed(0)} files/s`);
  return { stored, delivered };
}

/** Seconds from the acknowledged upload, ascending, at a steady rate. */
async function measureSteady(scene: Scene): Promise<{ queryable: number[]; receipt: number[] }> {
  const filesPerSecond = Number(flags.rate);
  const later = createFleet({
    stations,
    files: filesPerSecond * 20,
    until: new Date(Date.now() - 7 * 24 * 3_600_000),
    passwordHash: '',
    targets: [],
  }).files.filter((file) => file.fate === 'whole');
  const [before] = await scene.database.query<{ at: Date }>('SELECT now() AS at');
  await push(scene, later, filesPerSecond);
  await countReaches(scene, "SELECT count(*) AS n FROM deliveries WHERE state = 'due'", 0);
  const seconds = async (sql: string): Promise<number[]> => {
    const rows = await scene.database.query<{ s: number }>(sql, [before!.at]);
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
async function push(
  scene: Scene,
  burst: readonly FleetFile[],
  filesPerSecond?: number,
): Promise<void> {
  const options = join(scene.dir, 'load.json');
  const { host, ftpPort, password } = scene.pushTarget;
  await writeFile(
    options,
    JSON.stringify({
      target: { host, ftpPort, password },
      files: burst,
      sessions: Number(flags.sessions),
      filesPerSecond,
    }),
  );
  await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('load-process.js', import.meta.url)),
    options,
  ]);
}

function countReaches(scene: Scene, sql: string, count: number): Promise<void> {
  return eventually(
    async () => {
      const [row] = await scene.database.query<{ n: number }>(sql);
      if (row!.n !== count) throw new Error(`${sql}: ${row!.n}, not ${count}`);
    },
    { timeoutMs: 300_000, everyMs: 50 },
  );
}
