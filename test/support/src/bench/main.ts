import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFleet, type FleetFile } from '../fleet/fleet.ts';
import { startScene } from '../scene.ts';
import { startKafka } from '../servers/kafka.ts';
import { startTestPostgres } from '../servers/postgres.ts';
import { latency, percentile, rate, type Figure } from './figure.ts';
import { publishFigures } from './publish-figures.ts';
import { measureBacklog, measureBurst, measureSteady, push, type Load } from './measures.ts';
import { readNaively } from './naive-reader.ts';

// `make bench`: the whole way of a file, on both event logs, beside a naive reader of the same
// files on the same PostgreSQL. Prints a table; appends one JSON line per figure to
// test/bench/results/.

const { values: flags } = parseArgs({
  options: {
    'event-log': { type: 'string', default: 'postgres,kafka' },
    files: { type: 'string', default: '8000' },
    stations: { type: 'string', default: '100' },
    sessions: { type: 'string', default: '16' },
    // The rate at which latency is measured: 1,000 stations give 3.3 files/s, in bursts.
    rate: { type: 'string', default: '50' },
  },
});
const files = Number(flags.files);
const stations = Number(flags.stations);
const sessions = Number(flags.sessions);
const filesPerSecond = Number(flags.rate);
const steadySeconds = 20;
const against = 'naive reader: split and upsert, one transaction a file, same PostgreSQL';

const postgres = await startTestPostgres();
process.env['ENVIGATE_TEST_POSTGRES'] = postgres.url;
const kafkaDir = await mkdtemp(join(tmpdir(), 'envigate-bench-kafka-'));
const kafka = await startKafka({ dir: kafkaDir });
process.env['KAFKA_BROKERS'] = kafka.brokers.join(',');
const figures: Figure[] = [];
try {
  for (const eventLog of ['postgres', 'kafka'] as const)
    if (flags['event-log'].includes(eventLog)) figures.push(...(await measure(eventLog)));
} finally {
  await kafka.stop();
  await postgres.stop();
  await rm(kafkaDir, { recursive: true, force: true });
}
await publishFigures(figures, 'whole-way.jsonl');
process.exit();

async function measure(eventLog: 'postgres' | 'kafka'): Promise<Figure[]> {
  console.log(
    `\n${eventLog}: ${files} files of ${stations} stations, ${sessions} FTP sessions; deliveries wait for no further files`,
  );
  const scene = await startScene({
    eventLog,
    layout: 'process-per-service',
    stations,
    files: stations,
    // The way itself is measured, not how long a delivery waits for further files of its moment.
    gatherSeconds: 0,
  });
  try {
    const load = (days: number, count: number): Load => ({
      scene,
      sessions,
      files: wholeFiles(count, days),
    });
    // Every process has run its code and knows every account before anything is measured.
    await push(load(100, files / 4));
    const burst = load(0, files);
    const naive = await readNaively(scene.database, burst.files);
    console.log('  burst');
    const whole = await measureBurst(burst);
    console.log('  backlog');
    const backlog = await measureBacklog(load(200, files));
    const steady = await measureSteady({
      ...load(300, filesPerSecond * steadySeconds),
      filesPerSecond,
    });
    const ours = [
      ['whole way to stored', whole.stored],
      ['whole way to receipt', whole.delivered],
      ['spool to stored', backlog.stored],
      ['spool to receipt', backlog.delivered],
    ] as const;
    const latencies = [
      ['226 to queryable', steady.queryable],
      ['226 to receipt', steady.receipt],
    ] as const;
    return [
      ...ours.map(([what, perSecond]) =>
        rate(`${what}, ${eventLog}`, perSecond, naive.filesPerSecond, against, 1),
      ),
      ...latencies.flatMap(([what, seconds]) =>
        [0.5, 0.99].map((share) =>
          latency(
            `${what} p${share * 100}, ${eventLog}`,
            percentile(seconds, share) * 1000,
            percentile(naive.times, share),
            against,
            0.01,
          ),
        ),
      ),
    ];
  } finally {
    await scene.stop();
  }
}

/** Files that are understood whole, up to so many days ago: other files for other days. */
function wholeFiles(count: number, daysAgo: number): readonly FleetFile[] {
  const until = new Date(Date.now() - daysAgo * 24 * 3_600_000 - 60_000);
  const fleet = createFleet({ stations, files: count, until, passwordHash: '', targets: [] });
  return fleet.files.filter((file) => file.fate === 'whole');
}
