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
import { keptRecord, reportMonths } from '../big-record/kept-record.ts';
import { makeBigRecord } from '../big-record/make-big-record.ts';
import type { RecordSize } from '../big-record/record-size.ts';
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
import { backendsOf, computedMs } from './computing.ts';
import { measureFileCost } from './cost-per-file.ts';
import {
  listQuestions,
  pagedLists,
  urlOf,
  type Question,
  type QuestionSource,
} from './questions.ts';

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
    /** Without the smaller record beside it. */
    alone: { type: 'boolean', default: false },
    /** A folder in which the records stay (20 GB) and are used again by the next run of the same size. */
    keep: { type: 'string' },
    /** Ends as soon as the records in that folder are made. */
    'make-only': { type: 'boolean', default: false },
    /** Asks nothing, but records so many files into the record and says what a file cost. */
    'record-files': { type: 'string' },
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
const sizes = flags.alone ? [big] : [small, big];
const rounds = Number(flags.rounds);

interface Timed {
  readonly name: string;
  /** Milliseconds, in order. */
  readonly times: readonly number[];
  /** Of these the time of computing of the server's connections, in order: says more where the machine is busy. */
  readonly computing: readonly number[];
}

const { keep } = flags;
if (flags['make-only'] && keep === undefined)
  throw new Error('--make-only without --keep: expected the folder in which the records stay');

const { dir, stops, close } = await openBenchGround(keep);
let isMet = flags['make-only'];
try {
  if (flags['make-only']) {
    for (const size of sizes) await makeRecord(size);
  } else if (flags['record-files'] !== undefined) {
    await measureRecording(Number(flags['record-files']));
    isMet = true;
  } else {
    const figures = await measure();
    await publishFigures(figures, 'queries.jsonl');
    isMet = figures.every(({ ours }) => ours < limitMs);
    if (!isMet) console.log(`not met: a p95 of ${limitMs} ms or more`);
  }
} finally {
  await close();
}
process.exit(isMet ? 0 : 1);

async function measure(): Promise<Figure[]> {
  console.log(`${big.receptions} receptions, load ${machineLoad()}`);
  const ofSmall = flags.alone ? [] : await measureRecord(await makeRecord(small), small);
  const ofBig = await measureRecord(await makeRecord(big), big);
  const against = flags.alone ? 'the limit' : `p95 at 1/${share} of the size`;
  return ofBig.map(({ name, times, computing }) => {
    const baseline = ofSmall.find((each) => each.name === name);
    const [p50, p95, most] = [0.5, 0.95, 1].map((part) => percentile(times, part).toFixed(1));
    const computed = percentile(computing, 0.95).toFixed(1);
    const beside = baseline && `, at 1/${share} ${percentile(baseline.computing, 0.95).toFixed(1)}`;
    console.log(
      `  ${name}: p50 ${p50}, p95 ${p95}, at most ${most} ms; computing p95 ${computed}${beside ?? ''} ms`,
    );
    const against95 = baseline === undefined ? limitMs : percentile(baseline.times, 0.95);
    return latency(name, percentile(times, 0.95), against95, against, flags.alone ? 1 : 0.1);
  });
}

/** On each of the records, so that a file costs the same however much is stored. */
async function measureRecording(files: number): Promise<void> {
  console.log(`${files} files of ten readings, load ${machineLoad()}`);
  for (const size of sizes) {
    const database = connect(await makeRecord(size));
    const { nodeMs, postgresMs } = await measureFileCost(database, size.stations, files);
    const [node, postgres, both] = [nodeMs, postgresMs, nodeMs + postgresMs].map((ms) =>
      ms.toFixed(3),
    );
    console.log(
      `  with ${size.receptions} receptions: node ${node}, PostgreSQL ${postgres}, together ${both} ms of computing a file`,
    );
  }
}

/** Resolves with the URL of its database. */
async function makeRecord(size: RecordSize): Promise<string> {
  if (keep !== undefined) return keptRecord(process.env['ENVIGATE_TEST_POSTGRES']!, size);
  const test = await testDatabase({ migrated: false });
  stops.push(() => test.drop());
  await migrate(test.database);
  await makeBigRecord(test.database, size, reportMonths());
  return test.url;
}

async function measureRecord(url: string, size: RecordSize): Promise<readonly Timed[]> {
  const database = connect(url);
  await importRegistry(database, registryOf(size), { actor: 'bench' });
  const [bounds] = await database.query<{ from: Date; to: Date }>(
    `SELECT (SELECT min(received_at) FROM receptions) AS from, (SELECT max(received_at) FROM receptions) AS to`,
  );
  const ask = await startConsole(url);
  const random = randomFrom(flags.seed);
  const timed: Timed[] = [];
  const time = (name: string, put: () => Promise<unknown>): Promise<Timed> =>
    timeQuestion(database, name, put);
  for (const question of listQuestions({ size, random, ...bounds! }))
    timed.push(await time(question.name, () => ask(question.path())));
  for (const question of await deepPages(ask, bounds!))
    timed.push(await time(question.name, () => ask(question.path())));
  for (const [name, read] of Object.entries(gaugesOf(database)))
    timed.push(await time(`gauge: ${name}`, read));
  return timed;
}

function connect(url: string): Database {
  const database = new Database({
    ...{ url, poolSize: 4, applicationName: 'envigate bench', logger: silentLogger() },
  });
  stops.push(() => database.close());
  return database;
}

async function timeQuestion(
  database: Database,
  name: string,
  ask: () => Promise<unknown>,
): Promise<Timed> {
  // The first call is of new code and an empty cache: what is measured is the list, not the start.
  await ask();
  const pids = await backendsOf(database);
  const times: number[] = [];
  const computing: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await computedMs(pids);
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
    computing.push((await computedMs(pids)) - before);
  }
  const inOrder = (values: readonly number[]) => values.toSorted((a, b) => a - b);
  return { name, times: inOrder(times), computing: inOrder(computing) };
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
      // A question that takes long is to be measured.
      ENVIGATE_CONSOLE_QUERIES_TIMEOUT_SECONDS: '60',
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

/** Of each list the first page of 100 rows, and one after about 10,000 of them or at its end. */
async function deepPages(
  ask: Ask,
  bounds: Pick<QuestionSource, 'from' | 'to'>,
): Promise<readonly Question[]> {
  const questions: Question[] = [];
  for (const { path, sparse, pages } of pagedLists(bounds)) {
    let after: string | undefined;
    for (let page = 0; page < pages; page++) {
      const { next } = await ask(urlOf(sparse, { limit: '1000', ...(after && { after }) }));
      if (typeof next !== 'string') break;
      after = next;
    }
    // A small record may have no page after the first.
    const deep = after === undefined ? {} : { after };
    questions.push(
      { name: `${path}: page 1`, path: () => path },
      { name: `${path}: page 10,000`, path: () => urlOf(path, deep) },
    );
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
