import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hashPassword } from '@envigate/runtime';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { latency, memory, percentile, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { openFtp } from '../bench-reception/ftp-client.ts';
import { loadFtp, stationFile } from '../bench-reception/load.ts';
import type { ServerUnderTest } from '../bench-reception/servers/server-under-test.ts';
import { LoneReceiver } from '../lone-receiver.ts';
import { residentBytes } from '../processes/process-memory.ts';
import type { FloodKind, FloodOptions } from './flood-process.ts';

// `make bench-flood`: what one malicious sender costs the others. Floods a receiver in a process of
// its own from another process, and uploads as another account meanwhile: a login and a file at a time.
// The receiver's memory must not grow by 30 MB, nor a file of the others take a second. Prints a table;
// appends one JSON line per figure to test/bench/results/; exits 1 where a bound is broken.

const { values: flags } = parseArgs({
  options: {
    /** Of each flood, after it is in place. */
    seconds: { type: 'string', default: '5' },
    /** Part of the names of the floods to measure; nothing is published then. */
    only: { type: 'string', default: '' },
  },
});
const limits = { megabytes: 30, ms: 1000 } as const;
/** Between two files of the account that is measured. */
const pauseMs = 50;
/** V8's heap, and what its objects hold outside of it: the rest of the process is native memory. */
const memoryParts = ['nodejs_heap_size_total_bytes', 'nodejs_external_memory_bytes'] as const;
/** For what went before to be collected. */
const restMs = 5000;
const sampleMs = 50;
const flooder = { user: 'flooder', password: 'flooder-password' } as const;
const other = { user: 'other', password: 'other-password' } as const;

interface Flood {
  readonly name: string;
  readonly kind: FloodKind;
  readonly protocol: FloodOptions['protocol'];
  readonly amount: number;
  /** A metric of the receiver that shows that the flood is in place, and what it has then at least. */
  readonly proof?: readonly [metric: string, least: number];
}

const megabytesOfLines = (protocol: FloodOptions['protocol'], door: string): Flood => ({
  ...{ name: `100 MB of empty lines ${door}`, kind: 'empty-lines', protocol, amount: 100e6 },
});
const silentSessions = (protocol: 'ftp' | 'sftp', door: string): Flood => ({
  ...{ name: `1,000 silent ${door} sessions`, kind: 'silent-sessions', protocol, amount: 1000 },
  proof: [`envigate_${protocol}_sessions`, 950],
});
const slowUploads = (protocol: FloodOptions['protocol'], door: string): Flood => ({
  ...{ name: `80 slow uploads of one account ${door}`, kind: 'slow-uploads', protocol, amount: 80 },
  proof: ['envigate_upload_memory_bytes', 8 * 1024 * 1024],
});
const floods: readonly Flood[] = [
  megabytesOfLines('ftp', 'over FTP'),
  megabytesOfLines('ftps', 'over FTPS'),
  megabytesOfLines('sftp', 'to SFTP'),
  silentSessions('ftp', 'FTP'),
  silentSessions('sftp', 'SFTP'),
  slowUploads('ftp', 'over FTP'),
  slowUploads('ftps', 'over FTPS'),
  slowUploads('sftp', 'over SFTP'),
];

const { folder, close } = await openBenchGround();
let isBroken = false;
let uploads = 0;
try {
  const figures = await measure();
  if (flags.only === '') await publishFigures(figures, 'flood.jsonl');
  const broken = figures.filter(({ ours, baseline }) => ours >= baseline);
  for (const { name, ours, baseline, unit } of broken)
    console.error(`broken: ${name}: ${ours} ${unit}, at most ${baseline} ${unit} allowed`);
  isBroken = broken.length > 0;
} finally {
  await close();
}
process.exit(isBroken ? 1 : 0);

async function measure(): Promise<Figure[]> {
  const accounts = await Promise.all(
    [flooder, other].map(async ({ user, password }) => ({
      ...{ code: user, passwordHash: await hashPassword(password), stations: [] },
    })),
  );
  const figures: Figure[] = [];
  const chosen = floods.filter(({ name }) => name.includes(flags.only));
  for (const [place, flood] of chosen.entries()) {
    // Of its own: memory that one flood has made the process keep would hide the next.
    const receiver = await LoneReceiver.start({ dir: await folder(`run-${place}`), accounts });
    try {
      await warmUp(receiver);
      figures.push(...(await measureFlood(receiver, flood)));
    } finally {
      await receiver.stop();
    }
  }
  return figures;
}

/** Servers run for months: what the first sessions make the process load and keep is no price of a flood. */
async function warmUp(receiver: LoneReceiver): Promise<void> {
  for (const kind of ['kept', 'login-per-file'] as const)
    await loadFtp({ server: serverOf(receiver), sessions: 16, seconds: 4, kind });
}

function serverOf({ ftpPort: port }: LoneReceiver): ServerUnderTest {
  return {
    ...{ name: 'ours', port, folder: '/', ...other },
    processorSeconds: () => Promise.resolve(0),
    stop: () => Promise.resolve(),
  };
}

async function measureFlood(receiver: LoneReceiver, flood: Flood): Promise<Figure[]> {
  const calm = await uploadFor(receiver, Number(flags.seconds) * 1000);
  await rest();
  const before = await residentBytes(receiver.pid);
  const partsBefore = await receiver.metrics(memoryParts);
  let peak = before;
  const sampler = setInterval(() => {
    void residentBytes(receiver.pid).then((now) => (peak = Math.max(peak, now)));
  }, sampleMs);
  const flooding = startFlood({
    ...{ kind: flood.kind, protocol: flood.protocol, amount: flood.amount, ...flooder },
    port: flood.protocol === 'sftp' ? receiver.sftpPort : receiver.ftpPort,
  });
  const times: number[] = [];
  let isOver = false;
  void flooding.inPlace
    .then(() => new Promise((resolve) => setTimeout(resolve, Number(flags.seconds) * 1000)))
    .then(() => (isOver = true));
  let most = 0;
  let partsAtMost = partsBefore;
  while (!isOver) {
    times.push(...(await uploadFor(receiver, 500)));
    const parts = await receiver.metrics(memoryParts);
    partsAtMost = partsAtMost.map((bytes, i) => Math.max(bytes, parts[i] ?? 0));
    if (flood.proof !== undefined) most = Math.max(most, await receiver.metric(flood.proof[0]));
  }
  clearInterval(sampler);
  await flooding.stop();
  const growth = (i: number): string => megabytes((partsAtMost[i] ?? 0) - (partsBefore[i] ?? 0));
  if (flood.proof !== undefined && most < flood.proof[1])
    throw new Error(`no flood: ${flood.proof[0]} was at most ${most}, of ${flood.proof[1]}`);
  console.log(
    `${flood.name}: ${describe(times)}; before it ${describe(calm)}; ` +
      `memory ${megabytes(before)} MB, at most ${megabytes(peak)} MB ` +
      `(heap ${growth(0)} MB more, outside of it ${growth(1)} MB); load ${machineLoad()}`,
  );
  const sorted = times.toSorted((a, b) => a - b);
  const limit = 'the limit';
  return [
    memory(`growth at ${flood.name}`, peak - before, limits.megabytes),
    latency(`an upload p99 at ${flood.name}`, percentile(sorted, 0.99), limits.ms, limit, 1),
    latency(`an upload at worst at ${flood.name}`, sorted.at(-1) ?? Infinity, limits.ms, limit, 1),
  ];
}

/** Milliseconds of each: a login, and a file until it is acknowledged. */
async function uploadFor(receiver: LoneReceiver, ms: number): Promise<number[]> {
  const server = serverOf(receiver);
  const times: number[] = [];
  for (const until = performance.now() + ms; performance.now() < until;) {
    const begunAt = performance.now();
    const client = await openFtp(server);
    await client.upload(`/${uploads++}.txt`, Buffer.from(stationFile));
    times.push(performance.now() - begunAt);
    await client.end();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return times;
}

function startFlood(options: FloodOptions): { inPlace: Promise<void>; stop: () => Promise<void> } {
  const program = fileURLToPath(new URL('flood-process.js', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const inPlace = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => {
      if (text.toString().includes('done')) resolve();
    });
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the flood ended with ${String(code)}`));
    });
  });
  return {
    inPlace,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      inPlace.catch(() => undefined);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, restMs));
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(sorted, share).toFixed(0));
  return `${sorted.length} uploads, p50 ${p50} ms, p99 ${p99} ms, worst ${(sorted.at(-1) ?? 0).toFixed(0)} ms`;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
