import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findPostmaster } from '@envigate/postgres';
import { messageOf } from '@envigate/runtime';
import { Gateway, repositoryRoot } from '../gateway.ts';
import { eventually } from '../processes/eventually.ts';
import { ManagedProcess } from '../processes/managed-process.ts';
import { startKafka } from '../servers/kafka.ts';
import { claimFolder } from './claim-folder.ts';
import { writeDemoRegistry } from './demo-registry.ts';
import { renderFlow, renderLine, titleOf, type ShownOverview } from './flow-view.ts';
import { demoPorts, requirePorts, type NeededPort } from './needed-ports.ts';
import { shellQuoted } from './shell-quoted.ts';

// `make run` and `make run-kafka`: the gateway, simulated stations and a ministry stand-in, each in
// a process of its own, and a live picture of the flow.

const { values: flags } = parseArgs({
  options: { kafka: { type: 'boolean', default: false }, seconds: { type: 'string' } },
});
const setting = (name: string, otherwise: string): string => process.env[name] ?? otherwise;
const dataDir = resolve(setting('ENVIGATE_DATA_DIR', join(repositoryRoot, 'data')));
const logDir = join(dataDir, 'logs');
const ports = demoPorts(process.env);
const databaseUrl = process.env['DATABASE_URL'];
const stops: (() => Promise<unknown>)[] = [];
const layout = flags.kafka ? 'process-per-service' : 'one-process';
const quietStartMs = 8_000;
let isStarting = false;
const stopped = Promise.race([
  once(process, 'SIGINT'),
  once(process, 'SIGTERM'),
  // The terminal was closed, or what read our output has ended.
  once(process, 'SIGHUP'),
  ...[process.stdout, process.stderr].map(
    (output) => new Promise((done) => output.on('error', done)),
  ),
  ...(flags.seconds === undefined
    ? []
    : [new Promise((done) => setTimeout(done, Number(flags.seconds) * 1000))]),
]);

try {
  await Promise.race([stopped, start()]);
} catch (error) {
  console.error(`\nenvigate: ${messageOf(error)}`);
  if (isStarting) console.error(`nhật ký · logs: ${logDir}`);
  process.exitCode = 1;
} finally {
  if (isStarting) console.log('\nđang dừng · stopping …');
  process.once('SIGINT', () => process.exit(1));
  for (const stop of stops.reverse())
    await stop().catch((error: unknown) => console.error(String(error)));
  if (isStarting)
    console.log(`đã dừng, dữ liệu được giữ lại · stopped; the data stay in ${dataDir}`);
}
process.exit();

/** Runs until it is stopped; rejects when it cannot go on. */
async function start(): Promise<never> {
  await mkdir(dataDir, { recursive: true });
  stops.push(await claimFolder(dataDir));
  await requirePorts(await neededPorts(), flags.kafka ? 'make run-kafka' : 'make run');
  isStarting = true;
  const kafkaBrokers = flags.kafka ? await startBroker() : undefined;
  const ministryDir = join(dataDir, 'ministry');
  startHelper('ministry', 'ministry-stand-in', [
    ...['--folder', ministryDir],
    ...['--ftp-port', ports.ministryFtp.port],
    ...['--https-port', ports.ministryHttps.port],
  ]);
  startHelper('mail-inbox', 'mail-inbox', [
    ...['--smtp-port', ports.mailSmtp.port],
    ...['--page-port', ports.mailPage.port],
  ]);
  const registryFile = await writeDemoRegistry(dataDir, {
    ftpPort: ports.ministryFtp.port,
    httpsPort: ports.ministryHttps.port,
    folder: ministryDir,
  });
  const gateway = await startGateway(kafkaBrokers);
  const imported = await gateway.cliOrThrow('registry', 'import', registryFile);
  console.log(`danh mục · registry: ${imported.trim().split('\n').at(-1) ?? ''}`);
  startHelper('simulator', 'simulator', [
    ...['--registry', registryFile],
    ...['--ftp', `127.0.0.1:${ports.ftp.port}`],
    ...['--sftp', `127.0.0.1:${ports.sftp.port}`],
  ]);
  return gateway.whileRunning(() => showFlow(gateway));
}

async function neededPorts(): Promise<readonly NeededPort[]> {
  const { database, ...others } = ports;
  // A server that outlived a killed gateway is used again.
  const ownServer = await findPostmaster(join(dataDir, 'postgres', 'cluster'));
  const isNeeded = databaseUrl === undefined && String(ownServer?.port) !== database.port;
  return [...Object.values(others), ...(isNeeded ? [database] : [])];
}

async function startBroker(): Promise<readonly string[]> {
  const kafka = await startKafka({ dir: join(dataDir, 'kafka') });
  stops.push(() => kafka.stop());
  console.log(`Kafka: ${kafka.source}`);
  return kafka.brokers;
}

async function startGateway(kafkaBrokers: readonly string[] | undefined): Promise<Gateway> {
  const gateway = await Gateway.create({
    dataDir,
    layout,
    env: {
      ENVIGATE_RECEIVER_FTP_PORT: ports.ftp.port,
      ENVIGATE_RECEIVER_SFTP_PORT: ports.sftp.port,
      ENVIGATE_CONSOLE_PORT: ports.console.port,
      ENVIGATE_DATABASE_EMBEDDED_PORT: ports.database.port,
      // A cut file that nobody resends shows its end while one watches.
      ENVIGATE_RECEIVER_HOLD_QUIET_MINUTES:
        process.env['ENVIGATE_RECEIVER_HOLD_QUIET_MINUTES'] ?? '1',
      ...noticeSettings(),
      // What the stand-in accepts; see test/support/src/ministry-stand-in.
      MINISTRY_FTP_PASSWORD: 'stand-in-password',
      MINISTRY_HTTPS_TOKEN: 'stand-in-token',
    },
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(kafkaBrokers !== undefined && { kafkaBrokers }),
  });
  stops.push(() => gateway.stop());
  console.log('đang khởi động · starting the gateway …');
  await gateway.start(reportWaits());
  return gateway;
}

/** Notices go to the inbox of the demo; the weekly one is due at once, so that there is a mail to be read. */
function noticeSettings(): Readonly<Record<string, string>> {
  const inVietnam = new Date(Date.now() + 7 * 3_600_000);
  return {
    ENVIGATE_NOTIFIER_SMTP_HOST: '127.0.0.1',
    ENVIGATE_NOTIFIER_SMTP_PORT: ports.mailSmtp.port,
    ENVIGATE_NOTIFIER_SMTP_SECURITY: 'none',
    ENVIGATE_NOTIFIER_FROM_ADDRESS: 'quantrac@sonnmt.example.vn',
    ENVIGATE_NOTIFIER_OFFICE_TO: 'so@sonnmt.example.vn',
    ENVIGATE_NOTIFIER_WEEKLY_DAY: String(inVietnam.getUTCDay() || 7),
    ENVIGATE_NOTIFIER_WEEKLY_HOUR: '0',
  };
}

/** Prints each reason to wait once; none in the first seconds, in which there always is one. */
function reportWaits(): (reason: string) => void {
  const since = Date.now();
  const reported = new Set<string>();
  return (reason) => {
    if (Date.now() - since < quietStartMs || reported.has(reason)) return;
    reported.add(reason);
    console.log(`đang chờ · waiting: ${reason}`);
  };
}

/** A program of this package beside the gateway. */
function startHelper(name: string, folder: string, args: readonly string[]): void {
  const main = join(dirname(fileURLToPath(import.meta.url)), '..', folder, 'main.js');
  const helper = new ManagedProcess({
    name,
    args: [main, ...args],
    cwd: repositoryRoot,
    logFile: join(logDir, `${name}.log`),
  });
  helper.onUnexpectedEnd((reason) => console.error(`the ${reason}`));
  helper.start();
  stops.push(() => helper.stop(5_000));
}

async function showFlow(gateway: Gateway): Promise<never> {
  const live = process.stdout.isTTY;
  const header = {
    title: titleOf(layout),
    hints: await hints(gateway),
  };
  if (!live) console.log(header.hints.join('\n'));
  for (;;) {
    const overview = await eventually(() => gateway.get<ShownOverview>('/api/v1/overview'), {
      timeoutMs: 10_000,
    });
    if (live) {
      const lines = renderFlow(header, overview, process.stdout.columns);
      process.stdout.write(`\x1b[H\x1b[2J${lines.join('\n')}\n`);
    } else {
      console.log(renderLine(overview));
    }
    await new Promise((resolve) => setTimeout(resolve, live ? 1_000 : 5_000));
  }
}

async function hints(gateway: Gateway): Promise<readonly string[]> {
  const example = 'deploy/examples/TB_CAPH_NUOSXL_20260325000000.txt';
  const sample = join(repositoryRoot, example);
  await access(sample);
  const door = `ftp://caph:demo-caph@127.0.0.1:${ports.ftp.port}/`;
  return [
    'gửi tệp, tại thư mục này hoặc bằng chương trình khác · push a file, here or by any client:',
    `  npx envigate send ${example} --to ${door}`,
    `  curl -T ${shellQuoted(sample)} ${door}`,
    `  sftp -P ${ports.sftp.port} caph@127.0.0.1        (mật khẩu · password demo-caph)`,
    'xem kết quả · see it:',
    `  ${gateway.consoleUrl}/        trên trình duyệt · in a browser`,
    `  npx envigate files        npx envigate audit        npx envigate gaps`,
    `  curl ${gateway.consoleUrl}/api/v1/files`,
    `  psql "$(npx envigate database --print-url)" -c 'SELECT * FROM readings ORDER BY recorded_at DESC LIMIT 10'`,
    'giá trị nghi ngờ (cảm biến mô phỏng đôi khi kẹt) · what the rules found (sensors stick at times):',
    `  curl '${gateway.consoleUrl}/api/v1/readings?flag=3'        npx envigate rules list`,
    'thư thông báo · notices by e-mail, as they arrive in the inbox of the demo:',
    `  http://127.0.0.1:${ports.mailPage.port}/        npx envigate notices list`,
    `nhật ký · logs: ${logDir}        Ctrl-C: dừng · stops everything`,
  ];
}
