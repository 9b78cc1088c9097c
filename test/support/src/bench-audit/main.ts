import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Database } from '@envigate/postgres';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { latency, memory, rate, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { repositoryRoot } from '../gateway.ts';
import { peakResidentBytes } from '../processes/process-memory.ts';
import { readStat } from '../processes/processor-time.ts';
import { testDatabase } from '../test-database.ts';
import { fillLedger, prepareLedger } from './fill-ledger.ts';

// `make bench-audit`: `envigate audit` on a record of millions of receptions, made by SQL: the first audit, which makes
// the checkpoints; one after a few thousand receptions more; and `--full`, killed once and started again. Prints a
// table; appends one JSON line per figure to test/bench/results/.

const { values: flags } = parseArgs({
  options: {
    receptions: { type: 'string', default: '5000000' },
    /** That came since the checkpoint. */
    more: { type: 'string', default: '10000' },
  },
});
const receptions = Number(flags.receptions);
const more = Number(flags.more);
const limitMegabytes = 300;

const { dir, stops, close } = await openBenchGround();
try {
  const test = await testDatabase();
  stops.push(() => test.drop());
  const unlimited = test.database.withLimits({ poolSize: 1, statementTimeoutMs: 0 });
  stops.push(() => unlimited.close());
  await publishFigures(await measure(unlimited, test.url), 'audit.jsonl');
} finally {
  await close();
}
process.exit();

async function measure(database: Database, url: string): Promise<Figure[]> {
  const [backend] = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const [, postmaster = ''] = await readStat(String(backend?.pid));
  const run = (args: readonly string[], killWhen?: () => Promise<boolean>): Promise<Run> =>
    runProgram({ url, args, killWhen, postmaster });
  console.log(`${receptions} receptions, load ${machineLoad()}`);
  await run(['migrate']);
  await prepareLedger(database);
  const began = performance.now();
  await fillLedger(database, 0, receptions, (done) => {
    if (done % 500_000 === 0)
      console.log(`  ${done} made after ${Math.round((performance.now() - began) / 1000)} s`);
  });
  await database.execute('ANALYZE receptions, files, readings');

  const first = await run(['audit']);
  console.log(`  the first audit: ${timeOf(first)}\n${first.output}`);
  await fillLedger(database, receptions, receptions + more);
  const since = await run(['audit']);
  console.log(`  since the checkpoint, ${more} receptions: ${timeOf(since)}\n${since.output}`);
  const nothing = await run(['audit']);
  console.log(`  with nothing new: ${timeOf(nothing)}`);

  const killed = await run(['audit', '--full'], () => isHalfWay(database));
  console.log(`  --full, killed after ${timeOf(killed)}:\n${killed.errors}`);
  const resumed = await run(['audit', '--full']);
  console.log(`  --full, resumed: ${timeOf(resumed)}\n${resumed.errors}${resumed.output}`);

  const full = killed.ms + resumed.ms;
  const against = 'the first audit, of everything but the walks through the tables';
  const perSecond = (rows: number, ms: number): number => (rows / ms) * 1000;
  return [
    latency(`audit of ${more} receptions since the checkpoint`, since.ms, 2_000, '2 s', 1),
    latency('the same, time of computing alone', since.cpuMs, 2_000, '2 s', 1),
    latency('audit with nothing new', nothing.ms, 2_000, '2 s', 1),
    rate(
      'audit --full, killed once and resumed',
      perSecond(receptions + more, full),
      perSecond(receptions, first.ms),
      against,
      0.5,
    ),
    memory(
      'memory of audit --full at its peak',
      Math.max(killed.bytes, resumed.bytes),
      limitMegabytes,
    ),
  ];
}

/** Whether the audit of everything that is under way has followed half of the chain. */
async function isHalfWay(database: Database): Promise<boolean> {
  const [run] = await database.query<{ upto: string | null }>(
    `SELECT place->'record'->'at'->>'upto' AS upto FROM audit_runs WHERE ended_at IS NULL`,
  );
  return Number(run?.upto ?? 0) >= receptions / 2;
}

function timeOf({ ms, cpuMs }: Run): string {
  return `${ms} ms, of which ${cpuMs} ms of computing`;
}

interface Run {
  readonly ms: number;
  readonly output: string;
  /** What it said of its progress. */
  readonly errors: string;
  readonly bytes: number;
  /** Of the command and of its connections, milliseconds: says more than the time where the machine is busy. */
  readonly cpuMs: number;
}

interface Program {
  readonly url: string;
  readonly args: readonly string[];
  readonly killWhen: (() => Promise<boolean>) | undefined;
  /** Of the server, whose children are the connections. */
  readonly postmaster: string;
}

/** Runs `envigate`; throws where it fails, unless it is killed as soon as `killWhen` says so. */
async function runProgram({ url, args, killWhen, postmaster }: Program): Promise<Run> {
  const env = { ...process.env, DATABASE_URL: url, ENVIGATE_DATA_DIR: dir };
  const program = join(repositoryRoot, 'services/cli/bin/envigate.js');
  const serverBefore = await childrenCpuMs(postmaster);
  const ownBefore = await childrenCpuMs('self');
  const began = performance.now();
  const child = spawn(process.execPath, [program, ...args], { env, cwd: dir });
  const texts = { output: '', errors: '' };
  child.stdout.on('data', (chunk) => (texts.output += String(chunk)));
  child.stderr.on('data', (chunk) => (texts.errors += String(chunk)));
  const peak = watchMemory(child);
  let isKilled = false;
  const kill = async (): Promise<void> => {
    while (killWhen !== undefined && !isKilled && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      isKilled = await killWhen();
    }
    if (isKilled) child.kill('SIGKILL');
  };
  const killing = kill();
  const [code] = (await once(child, 'close')) as [number | null];
  const ms = Math.round(performance.now() - began);
  await killing;
  if (killWhen === undefined ? code !== 0 : !isKilled)
    throw new Error(
      `envigate ${args.join(' ')} ended with ${code}: ${texts.output}${texts.errors}`,
    );
  const own = (await childrenCpuMs('self')) - ownBefore;
  const server = (await childrenCpuMs(postmaster)) - serverBefore;
  return { ms, ...texts, bytes: peak(), cpuMs: own + server };
}

/** Of the children of a process that have ended: a hundredth of a second is a tick of Linux. */
async function childrenCpuMs(pid: string): Promise<number> {
  const fields = await readStat(pid);
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function watchMemory({ pid }: ChildProcess): () => number {
  let bytes = 0;
  const look = async (): Promise<void> => {
    bytes = Math.max(bytes, await peakResidentBytes(pid).catch(() => 0));
  };
  const timer = setInterval(() => void look(), 200);
  return () => {
    clearInterval(timer);
    return bytes;
  };
}
