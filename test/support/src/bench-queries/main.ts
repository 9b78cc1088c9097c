import { parseArgs } from 'node:util';
import {
  assessmentStore,
  Database,
  gapStore,
  importRegistry,
  migrate,
  readBacklog,
  readStationClocks,
} from '@envigate/postgres';
import { silentLogger } from '@envigate/runtime';
import { makeBigRecord, type RecordSize } from '../big-record/make-big-record.ts';
import { registryOf } from '../big-record/surroundings.ts';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { latency, percentile, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { repositoryRoot } from '../gateway.ts';
import { eventually } from '../processes/eventually.ts';
import { freePort } from '../processes/free-port.ts';
import { ManagedProcess } from '../processes/managed-process.ts';
import { randomFrom } from '../simulator/random.ts';
import { testDatabase } from '../test-database.ts';
import { listQuestions, pagedLists, urlOf, type Question } from './questions.ts';

// `make bench-queries`: every list of the API with every combination of its filters, pages far behind the first, the
// figures of the board and what gauges read, on a record of 50 million readings and on one of a fiftieth of that, side
// by side. Prints p50, p95 and the longest time of each, a table of the worst, and the JSON lines that are appended to
// test/bench/results/. Ends with 1 where a p95 is not below the limit.

const { values: flags } = parseArgs({
  options: {
    receptions: { type: 'string', default: '5400000' },
    stations: { type: 'string', default: '500' },
    months: { type: 'string', default: '14' },
    /** How often each question is put, with other values each time. */
    rounds: { type: 'string', default: '20' },
    /** A record that was made before, which is then kept; its size must be given as it was made. */
    database: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const limitMs = 100;
/** Of the record beside it. */
const share = 50;
const big: RecordSize = {
  stations: Number(flags.stations),
  months: Number(flags.months),
  receptions: Number(flags.receptions),
};
const small: RecordSize = { ...big, receptions: Math.ceil(big.receptions / share) };
const rounds = Number(flags.rounds);

interface Timed {
  readonly name: string;
  /** Milliseconds, in order. */
  readonly times: readonly number[];
}

const { dir, stops, close } = await openBenchGround();
let isMet = false;
try {
  const figures = await measure();
  await publishFigures(figures, 'queries.jsonl');
  isMet = figures.every(({ ours }) => ours < limitMs);
  if (!isMet) console.log(`not met: a p95 of ${limitMs} ms or more`);
} finally {
  await close();
}
process.exit(isMet ? 0 : 1);

async function measure(): Promise<Figure[]> {
  console.log(`${big.receptions} receptions, load ${machineLoad()}`);
  const ofSmall = await measureRecord(await makeRecord(small), small);
  const ofBig = await measureRecord(flags.database ?? (await makeRecord(big)), big);
  const against = `p95 at 1/${share} of the size`;
  return ofBig.map(({ name, times }) => {
    const baseline = ofSmall.find((each) => each.name === name)!;
    const [p50, p95, most] = [0.5, 0.95, 1].map((part) => percentile(times, part).toFixed(1));
    console.log(`  ${name}: p50 ${p50}, p95 ${p95}, at most ${most} ms`);
    return latency(name, percentile(times, 0.95), percentile(baseline.times, 0.95), against, 0.1);
  });
}

/** Resolves with the URL of its database. */
async function makeRecord(size: RecordSize): Promise<string> {
  const test = await testDatabase({ migrated: false });
  stops.push(() => test.drop());
  await migrate(test.database);
  const began = performance.now();
  await makeBigRecord(test.database, size, (month) =>
    console.log(`  ${month} made after ${Math.round((performance.now() - began) / 1_000)} s`),
  );
  return test.url;
}

async function measureRecord(url: string, size: RecordSize): Promise<readonly Timed[]> {
  const database = new Database({
    ...{ url, poolSize: 4, applicationName: 'envigate bench', logger: silentLogger() },
  });
  stops.push(() => database.close());
  await importRegistry(database, registryOf(size), { actor: 'bench' });
  const [bounds] = await database.query<{ from: Date; to: Date }>(
    `SELECT (SELECT min(received_at) FROM receptions) AS from, (SELECT max(received_at) FROM receptions) AS to`,
  );
  const ask = await startConsole(url);
  const random = randomFrom(flags.seed);
  const timed: Timed[] = [];
  for (const question of listQuestions({ size, random, ...bounds! }))
    timed.push(await timeQuestion(question.name, () => ask(question.path())));
  for (const question of await deepPages(ask))
    timed.push(await timeQuestion(question.name, () => ask(question.path())));
  for (const [name, read] of Object.entries(gaugesOf(database)))
    timed.push(await timeQuestion(`gauge: ${name}`, read));
  return timed;
}

async function timeQuestion(name: string, ask: () => Promise<unknown>): Promise<Timed> {
  const times: number[] = [];
  // The first call is of new code and an empty cache: what is measured is the list, not the start.
  await ask();
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
  }
  return { name, times: times.toSorted((a, b) => a - b) };
}

type Ask = (path: string) => Promise<{ readonly next?: string | null }>;

/** The console as an operator runs it, in a process of its own. */
async function startConsole(url: string): Promise<Ask> {
  const port = await freePort();
  const program = new ManagedProcess({
    name: 'console',
    args: [`${repositoryRoot}/services/cli/bin/envigate.js`, 'run', 'console'],
    env: {
      ...{ DATABASE_URL: url, ENVIGATE_DATA_DIR: dir, ENVIGATE_CONSOLE_PORT: String(port) },
      ENVIGATE_LOG_LEVEL: 'warn',
    },
    logFile: `${dir}/console.log`,
    cwd: dir,
  });
  program.start();
  stops.push(() => program.stop());
  const ask: Ask = async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Awaited<ReturnType<Ask>>;
  };
  await eventually(() => ask('/api/v1/stations'), { timeoutMs: 60_000 });
  return ask;
}

/** Of each list the first page of 100 rows, and the one after 10,000 of them or at its end. */
async function deepPages(ask: Ask): Promise<readonly Question[]> {
  const questions: Question[] = [];
  for (const list of pagedLists) {
    let after: string | undefined;
    for (let page = 0; page < 1_000; page++) {
      const { next } = await ask(
        urlOf(list, { limit: '1000', ...(after !== undefined && { after }) }),
      );
      if (next === null || next === undefined) break;
      after = next;
    }
    const deep = after;
    questions.push({ name: `${list}: page 1`, path: () => list });
    if (deep !== undefined)
      questions.push({
        name: `${list}: page 10,000 or the last`,
        path: () => urlOf(list, { after: deep }),
      });
  }
  return questions;
}

/** What each scrape of /metrics reads of the record. */
function gaugesOf(database: Database): Readonly<Record<string, () => Promise<unknown>>> {
  const gaps = gapStore(database);
  const assessments = assessmentStore(database);
  return {
    'deliveries that are due': () => readBacklog(database),
    'days to be assessed': () => assessments.backlog(),
    'open gaps': () => gaps.countOpen(),
    'clocks of the stations': () => readStationClocks(database),
  };
}
