import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Database, importRegistry, migrate } from '@envigate/postgres';
import { silentLogger } from '@envigate/runtime';
import { makeBigRecord } from '../big-record/make-big-record.ts';
import type { RecordSize } from '../big-record/record-size.ts';
import { registryOf } from '../big-record/surroundings.ts';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { latency, percentile, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { Gateway, serviceNames, type ServiceName } from '../gateway.ts';
import { processorSeconds } from '../processes/processor-time.ts';
import { testDatabase } from '../test-database.ts';

// `make bench-scrape`: what a look of Prometheus costs on a record with 2,000 stations, a million deliveries that are due
// and 100,000 files in quarantine. A process for each service; /metrics of each is asked again and again, and the
// processor time of all of them and of the database is counted beside that of as long without scrapes. Prints a table;
// appends one JSON line per figure to test/bench/results/; ends with 1 where a limit is broken.

const { values: flags } = parseArgs({
  options: {
    receptions: { type: 'string', default: '1750000' },
    stations: { type: 'string', default: '2000' },
    /** Scrapes of each service, one after the other. */
    rounds: { type: 'string', default: '60' },
    /** Scrapes of all services, as far apart as Prometheus's. */
    spaced: { type: 'string', default: '20' },
    /** A record that was made before, which is then kept. */
    database: { type: 'string' },
  },
});
const limitMs = 100;
const everyMs = 15_000;
/** 1 % of a core. */
const limitOfProcessorMs = everyMs / 100;
const [rounds, spaced] = [Number(flags.rounds), Number(flags.spaced)];
const size: RecordSize = {
  stations: Number(flags.stations),
  // The backlog is of 60 days.
  ...{ months: 3, receptions: Number(flags.receptions) },
  ...{ quarantinedOfThousand: 120, outageStationsOfTen: 10 },
};

const { dir, stops, close } = await openBenchGround();
let isMet = false;
try {
  const figures = await measure();
  await publishFigures(figures, 'scrape.jsonl');
  isMet = figures.every(({ ours, baseline }) => ours < baseline);
} finally {
  await close();
}
process.exit(isMet ? 0 : 1);

async function measure(): Promise<Figure[]> {
  const url = flags.database ?? (await makeRecord());
  const database = new Database({
    ...{ url, poolSize: 2, applicationName: 'envigate bench', logger: silentLogger() },
  });
  stops.push(() => database.close());
  await importRegistry(database, registryOf(size), { actor: 'bench' });
  await sayWhatIsThere(database);
  const gateway = await startGateway(url);
  const figures: Figure[] = [];
  for (const name of serviceNames) {
    const { times, bytes } = await scrapeInTurn(gateway, name);
    const [p50, p95, most] = [0.5, 0.95, 1].map((part) => percentile(times, part).toFixed(1));
    console.log(
      `  ${name}: p50 ${p50}, p95 ${p95}, at most ${most} ms; ${Math.round(bytes / 1024)} KiB`,
    );
    figures.push(
      latency(`scrape of ${name}, p95`, percentile(times, 0.95), limitMs, 'the limit', 1),
    );
  }
  const used = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await usedMs(gateway, database);
    for (let round = 0; round < spaced; round++) await Promise.all([work(), delay(everyMs)]);
    return (await usedMs(gateway, database)) - before;
  };
  // What the services do by themselves is no cost of the scrapes.
  const idle = await used(async () => undefined);
  const withScrapes = await used(() =>
    Promise.all(serviceNames.map((name) => scrape(gateway, name))),
  );
  const seconds = (spaced * everyMs) / 1_000;
  console.log(
    `  processor time in ${seconds} s: ${Math.round(idle)} ms, with scrapes ${Math.round(withScrapes)} ms`,
  );
  const each = Math.max(0, withScrapes - idle) / spaced;
  const what = 'processor time of a scrape of all services';
  return [...figures, latency(what, each, limitOfProcessorMs, '1 % of a core at 15 s', 1)];
}

/** Resolves with the URL of its database. */
async function makeRecord(): Promise<string> {
  console.log(`${size.receptions} receptions, load ${machineLoad()}`);
  const test = await testDatabase({ migrated: false });
  stops.push(() => test.drop());
  await migrate(test.database);
  await makeBigRecord(test.database, size, (month) => console.log(`  ${month} made`));
  return test.url;
}

async function sayWhatIsThere(database: Database): Promise<void> {
  const [row] = await database.query<{ due: number; quarantined: number }>(
    `SELECT (SELECT count(*) FROM deliveries WHERE state = 'due') AS due,
            (SELECT count(*) FROM files WHERE state = 'quarantined') AS quarantined`,
  );
  console.log(
    `${size.stations} stations, ${row!.due} deliveries due, ${row!.quarantined} files in quarantine, load ${machineLoad()}`,
  );
}

/** As an operator runs it; what waits is left alone, so that the record stays as it is. */
async function startGateway(databaseUrl: string): Promise<Gateway> {
  const gateway = await Gateway.create({
    ...{ dataDir: dir, databaseUrl, layout: 'process-per-service' },
    env: {
      ENVIGATE_LOG_LEVEL: 'warn',
      ENVIGATE_ASSESSOR_SETTLE_SECONDS: '86400',
      ENVIGATE_ASSESSOR_MAX_WAIT_SECONDS: '86400',
    },
  });
  stops.push(() => gateway.stop());
  await gateway.start();
  return gateway;
}

/** Looks of one service, one after the other; milliseconds, in order. */
async function scrapeInTurn(
  gateway: Gateway,
  name: ServiceName,
): Promise<{ readonly times: readonly number[]; readonly bytes: number }> {
  const times: number[] = [];
  let bytes = 0;
  // The first look is of new code and an empty cache.
  await scrape(gateway, name);
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    bytes = Math.max(bytes, await scrape(gateway, name));
    times.push(performance.now() - began);
  }
  return { times: times.toSorted((a, b) => a - b), bytes };
}

/** Resolves with the size of the answer; rejects where it lacks a gauge. */
async function scrape(gateway: Gateway, name: ServiceName): Promise<number> {
  const response = await fetch(`http://${gateway.operationsOf(name)}/metrics`);
  const text = await response.text();
  const failed = /^envigate_gauge_failures_total\{.*\} [1-9].*$/m.exec(text);
  if (failed !== null) throw new Error(`${name} leaves out a gauge: ${failed[0]}`);
  return text.length;
}

/** Processor time of all services and of the connections of their database, in milliseconds. */
async function usedMs(gateway: Gateway, database: Database): Promise<number> {
  const services = [...gateway.processes.values()].map(({ pid }) => processorSeconds(pid!));
  const seconds = (await Promise.all(services)).reduce((sum, value) => sum + value, 0);
  const rows = await database.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database()',
  );
  const backends = await Promise.all(
    rows.map(({ pid }) => readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0')),
  );
  return (
    seconds * 1_000 + backends.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0)
  );
}
