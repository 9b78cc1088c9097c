import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { machineLoad, openBenchGround } from '../bench/bench-ground.ts';
import { memory, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { processorSeconds } from '../processes/processor-time.ts';
import { eventually } from '../processes/eventually.ts';
import { peakResidentBytes, residentBytes } from '../processes/process-memory.ts';
import { startScene, type Scene } from '../scene.ts';
import { startKafka } from '../servers/kafka.ts';
import type { SessionsOptions } from './sessions-process.ts';
import type { UploadOptions } from './upload-process.ts';

// `make bench-memory`: the most memory that each service ever has, a process each, on both event logs. The
// receiver has 1,000 logged-in sessions and takes files of 1 MiB while all other services are down; then
// these work the backlog off to the last receipt, and the console is asked for its largest answers. Prints
// a table; appends one JSON line per figure to test/bench/results/; exits 1 where a limit is broken.

const { values: flags } = parseArgs({
  options: {
    'event-log': { type: 'string', default: 'postgres,kafka' },
    files: { type: 'string', default: '64' },
    stations: { type: 'string', default: '32' },
    sessions: { type: 'string', default: '1000' },
    uploads: { type: 'string', default: '32' },
  },
});
const [files, stations, sessions, uploads] = [
  flags.files,
  flags.stations,
  flags.sessions,
  flags.uploads,
].map(Number) as [number, number, number, number];
const limitMegabytes = 300;
/** A delivery for each of some 5,000 moments of a file takes long: the forwarder's memory needs no more. */
const forwardedStations = 2;
const doneWithinMs = 1_800_000;

const ground = await openBenchGround();
let isBroken = false;
try {
  const kafka = await startKafka({ dir: await ground.folder('kafka') });
  ground.stops.push(() => kafka.stop());
  process.env['KAFKA_BROKERS'] = kafka.brokers.join(',');
  const figures: Figure[] = [];
  for (const eventLog of ['postgres', 'kafka'] as const)
    if (flags['event-log'].includes(eventLog)) figures.push(...(await measure(eventLog)));
  await publishFigures(figures, 'memory.jsonl');
  isBroken = figures.some(({ ours }) => ours >= limitMegabytes);
} finally {
  await ground.close();
}
process.exit(isBroken ? 1 : 0);

async function measure(eventLog: 'postgres' | 'kafka'): Promise<Figure[]> {
  console.log(`\n${eventLog}: ${files} files of 1 MiB, ${sessions} sessions`);
  const scene = await startScene({
    ...{ eventLog, layout: 'process-per-service', stations, files: stations },
    env: {
      // As in deploy/Dockerfile.
      MALLOC_TRIM_THRESHOLD_: '131072',
      NODE_OPTIONS: '--max-semi-space-size=16',
      // Every client comes from here, and idles for as long as the bench takes.
      ENVIGATE_RECEIVER_GUARD_EXEMPT: '127.0.0.1',
      ENVIGATE_RECEIVER_FTP_IDLE_SECONDS: '36000',
      ENVIGATE_RECEIVER_SFTP_IDLE_SECONDS: '36000',
    },
  });
  try {
    const { registry } = scene.fleet;
    await scene.gateway.importRegistry({
      ...registry,
      stations: registry.stations.map((station, place) =>
        place < forwardedStations ? station : { ...station, targets: [] },
      ),
    });
    const { processes } = scene.gateway;
    const others = [...processes.values()].filter(
      ({ name }) => name !== 'receiver' && name !== 'console',
    );
    await Promise.all(others.map((service) => service.stop()));
    const receiver = processes.get('receiver');
    const report = async (when: string): Promise<void> => {
      const now = megabytes(await residentBytes(receiver?.pid));
      const most = megabytes(await peakResidentBytes(receiver?.pid));
      console.log(`  receiver ${when}: ${now} MB, at most ${most} MB so far`);
    };
    await report('without sessions');
    const closeSessions = await openSessions(scene);
    await report('with all sessions');
    await uploadFiles(scene);
    await report('with all files');
    for (const service of others) service.start();
    await workOff(scene);
    await closeSessions();
    const figures: Figure[] = [];
    let together = 0;
    for (const { name, pid } of processes.values()) {
      const bytes = await peakResidentBytes(pid);
      const seconds = await processorSeconds(pid ?? 0);
      const perFile = ((seconds * 1000) / files).toFixed(0);
      console.log(
        `  ${name.padEnd(13)} ${megabytes(bytes).padStart(4)} MB,` +
          ` ${perFile} ms of processor per file`,
      );
      figures.push(memory(`${name}, ${eventLog}`, bytes, limitMegabytes));
      together += bytes;
    }
    console.log(`  together ${megabytes(together)} MB, each at its most`);
    console.log(`  load ${machineLoad()}`);
    return figures;
  } finally {
    await scene.stop();
  }
}

/** Until the last file is recorded, judged and delivered; asks the console for much meanwhile. */
async function workOff(scene: Scene): Promise<void> {
  const { gateway, database, fleet } = scene;
  await gateway.ready();
  const count = async (sql: string): Promise<number> =>
    (await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`))[0]?.n ?? 0;
  let asked = 0;
  await gateway.whileRunning((signal) =>
    eventually(
      async () => {
        await askConsole(scene, fleet.registry.stations[asked++ % stations]?.code ?? '');
        const left = {
          'not recorded': files - (await count('receptions')),
          'not delivered': await count(`deliveries WHERE state = 'due'`),
          'not assessed': await count('assessment_due'),
        };
        const waiting = Object.entries(left).filter(([, n]) => n > 0);
        if (waiting.length > 0) throw new Error(waiting.map(([what, n]) => `${n} ${what}`).join());
      },
      { timeoutMs: doneWithinMs, everyMs: 1000, signal },
    ),
  );
  const stored = await count(`receptions WHERE outcome = 'stored'`);
  if (stored !== files) throw new Error(`of ${files} files ${stored} were stored`);
  const sent = await count(`deliveries WHERE state = 'sent'`);
  const moments = await count(
    '(SELECT DISTINCT station_id, instant FROM readings JOIN delivery_lanes USING (station_id)) AS moment',
  );
  if (sent === 0 || sent !== moments)
    throw new Error(`of ${moments} moments ${sent} were delivered`);
}

async function askConsole({ gateway }: Scene, station: string): Promise<void> {
  const { items } = await gateway.get<{ items: readonly { fileId: string }[] }>('/api/v1/files');
  const [newest] = items;
  const paths = [
    '/',
    '/metrics',
    '/api/v1/stations',
    `/api/v1/readings?station=${station}&limit=1000`,
    ...(newest === undefined ? [] : [`/api/v1/files/${newest.fileId}/content`]),
  ];
  await Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(`${gateway.consoleUrl}${path}`);
      const body = await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}, ${body.byteLength} bytes`);
    }),
  );
}

async function uploadFiles({ fleet, pushTarget }: Scene): Promise<void> {
  const program = fileURLToPath(new URL('upload-process.js', import.meta.url));
  const { host, ftpPort, password } = pushTarget;
  const options: UploadOptions = {
    target: { host, ftpPort, password },
    stations: fleet.registry.stations.map(({ code }) => code),
    ...{ files, sessions: uploads, until: Date.now() - 60_000 },
  };
  await promisify(execFile)(process.execPath, [program, JSON.stringify(options)]);
}

/** Those that the uploads do not open themselves. Resolves with what ends them. */
async function openSessions({ fleet, pushTarget }: Scene): Promise<() => Promise<void>> {
  const program = fileURLToPath(new URL('sessions-process.js', import.meta.url));
  const { ftpPort, sftpPort, password, identityFile } = pushTarget;
  const options: SessionsOptions = {
    ...{ ftpPort, sftpPort, password, identityFile },
    accounts: fleet.registry.accounts.map(({ code }) => code),
    sessions: sessions - uploads,
  };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`the sessions ended with ${String(code)}`))),
  ]);
  return async () => {
    child.kill();
    await ended;
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
