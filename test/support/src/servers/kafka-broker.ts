import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createKafkaEventLog } from '@envigate/kafka';
import { silentLogger } from '@envigate/runtime';
import { eventually } from '../processes/eventually.ts';
import { freePort } from '../processes/free-port.ts';
import { reportSkipped } from '../programs.ts';
import type { KafkaServer, StartKafkaOptions } from './kafka-server.ts';
import { canRunKafkaJars, deployDir, kafkaJars } from './kafka-jars.ts';

const run = promisify(execFile);
const stopWithinMs = 20_000;
const readyWithinMs = 60_000;
/** For a broker that lives minutes on few cores: optimising its code would cost more than it gives. */
const shortLife = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/**
 * Whether tests with a broker of their own can run, whatever KAFKA_BROKERS names. Empty, it says that
 * no broker could be started. Says so where they cannot. With CI=true they must.
 */
export function canRunKafkaBroker(): boolean {
  if (process.env['KAFKA_BROKERS'] !== '') return canRunKafkaJars();
  reportSkipped('tests with a Kafka broker of their own: none could be started');
  return false;
}

/** Apache Kafka as a Java process of our own: always ours to kill and restart, whatever KAFKA_BROKERS says. */
export async function startKafkaBroker(options: StartKafkaOptions): Promise<KafkaServer> {
  const { dir, port = await freePort(), log = () => undefined, properties: more = {} } = options;
  const logging = `-Dlog4j2.configurationFile=${join(deployDir, 'log4j2.properties')}`;
  const java = ['-Xmx512m', ...shortLife, logging, '-cp', join(await kafkaJars(log), '*')];
  const properties = await formatStorage(dir, port, more, java);
  const broker = new Broker([...java, 'kafka.Kafka', properties], join(dir, 'kafka.log'));

  const start = async (): Promise<void> => {
    broker.start();
    try {
      await answers(`127.0.0.1:${port}`, broker);
    } catch (error) {
      await broker.end('SIGKILL');
      throw error;
    }
  };
  await start();
  return {
    brokers: [`127.0.0.1:${port}`],
    source: `Apache Kafka's own jars (pid ${broker.pid ?? 0}, port ${port})`,
    stop: async () => {
      await broker.end('SIGTERM');
      await rm(join(dir, 'data'), { recursive: true, force: true });
    },
    restart: async () => {
      await broker.end('SIGTERM');
      await start();
    },
    kill: () => broker.end('SIGKILL'),
  };
}

async function formatStorage(
  dir: string,
  port: number,
  more: Readonly<Record<string, string>>,
  java: readonly string[],
): Promise<string> {
  const controllerPort = await freePort();
  const file = join(dir, 'server.properties');
  await mkdir(dir, { recursive: true });
  await writeFile(
    file,
    `${await readFile(join(deployDir, 'single-node.properties'), 'utf8')}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.quorum.voters=1@127.0.0.1:${controllerPort}
log.dirs=${join(dir, 'data')}
${Object.entries(more)
  .map(([name, value]) => `${name}=${value}\n`)
  .join('')}`,
  );
  // Kafka's own form of a random id; one that began with a dash would be read as an option.
  const clusterId = `e${randomBytes(16).toString('base64url').slice(1)}`;
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    file,
    '--ignore-formatted',
  ];
  await run('java', [...java, ...format]);
  return file;
}

async function answers(address: string, broker: Broker): Promise<void> {
  const eventLog = createKafkaEventLog({
    brokers: [address],
    topicPrefix: '',
    partitions: 1,
    replicationFactor: 1,
    maxBatchRecords: 1,
    sessionTimeoutMs: 10_000,
    logger: silentLogger(),
  });
  try {
    await eventually(
      async () => {
        await eventLog.check().catch((error: unknown) => {
          if (broker.running) throw error;
        });
      },
      { timeoutMs: readyWithinMs, everyMs: 200 },
    );
    if (!broker.running) throw new Error(`Kafka ended while it started, see ${broker.logFile}`);
  } finally {
    await eventLog.close();
  }
}

class Broker {
  readonly logFile: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(args: readonly string[], logFile: string) {
    this.#args = args;
    this.logFile = logFile;
    // A broker must not outlive the run, however that ends.
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#child !== undefined) return;
    const output = openSync(this.logFile, 'a');
    // A process group of its own: Ctrl-C at the terminal reaches it only through us.
    const child = spawn('java', this.#args, { detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      const gone = (): void => {
        this.#child = undefined;
        resolve();
      };
      child.once('exit', gone);
      child.once('error', gone);
    });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child?.kill(signal);
    const forced = setTimeout(() => this.#child?.kill('SIGKILL'), stopWithinMs);
    await this.#exited;
    clearTimeout(forced);
  }
}
