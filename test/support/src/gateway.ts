import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './processes/eventually.ts';
import { freePort } from './processes/free-port.ts';
import { ManagedProcess } from './processes/managed-process.ts';
import { whileRunning } from './processes/while-running.ts';

export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));
const readyWithinMs = 90_000;
const program = 'services/cli/bin/envigate.js';

/** The services in the order in which they start. */
export const serviceNames = [
  'receiver',
  'normaliser',
  'recorder',
  'gap-detector',
  'assessor',
  'forwarder',
  'notifier',
  'console',
] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface GatewayOptions {
  readonly dataDir: string;
  /** One process for all services, or one for each. */
  readonly layout: 'one-process' | 'process-per-service';
  /** Settings as environment variables; ports that are not named are chosen. */
  readonly env?: Readonly<Record<string, string>>;
  /** A PostgreSQL server; absent: the embedded one, in a process of its own where services are. */
  readonly databaseUrl?: string;
  /** Kafka brokers; absent: the event log in PostgreSQL. */
  readonly kafkaBrokers?: readonly string[];
  /** Of a checkout that is built; default: this one. */
  readonly root?: string;
  /** Of what the processes print; default: `logs` in dataDir. */
  readonly logDir?: string;
}

/** The built program, run as an operator would: real processes that can be killed one by one. */
export class Gateway {
  readonly processes: ReadonlyMap<string, ManagedProcess>;
  /** Keeps the embedded database, where services are in processes of their own. */
  readonly database: ManagedProcess | undefined;
  readonly ftpPort: number;
  readonly sftpPort: number;
  readonly consoleUrl: string;
  /** host:port of every process that answers /metrics. */
  readonly metricsTargets: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #services: readonly ManagedProcess[];
  readonly #root: string;

  private constructor(
    root: string,
    env: Readonly<Record<string, string>>,
    services: readonly ManagedProcess[],
    database: ManagedProcess | undefined,
    operationsPorts: readonly string[],
  ) {
    this.#root = root;
    this.#env = env;
    this.#services = services;
    this.database = database;
    this.processes = new Map(services.map((service) => [service.name, service]));
    this.ftpPort = Number(env['ENVIGATE_RECEIVER_FTP_PORT']);
    this.sftpPort = Number(env['ENVIGATE_RECEIVER_SFTP_PORT']);
    this.consoleUrl = `http://127.0.0.1:${env['ENVIGATE_CONSOLE_PORT']}`;
    this.metricsTargets = [env['ENVIGATE_CONSOLE_PORT'] ?? '', ...operationsPorts].map(
      (port) => `127.0.0.1:${port}`,
    );
  }

  static async create(options: GatewayOptions): Promise<Gateway> {
    const env = await settings(options);
    const { root = repositoryRoot } = options;
    const logDir = options.logDir ?? join(options.dataDir, 'logs');
    const logFile = (name: string): string => join(logDir, `${name}.log`);
    const newProcess = (name: string, args: readonly string[], port?: string): ManagedProcess =>
      new ManagedProcess({
        name,
        args: [join(root, program), ...args],
        logFile: logFile(name),
        cwd: root,
        env: { ...env, ...(port !== undefined && { ENVIGATE_OPERATIONS_PORT: port }) },
      });
    if (options.layout === 'one-process') {
      return new Gateway(root, env, [newProcess('gateway', ['run', 'all'])], undefined, []);
    }
    const services: ManagedProcess[] = [];
    const ports: string[] = [];
    for (const name of serviceNames) {
      // The console answers for itself on its own port.
      const port = name === 'console' ? undefined : String(await freePort());
      if (port !== undefined) ports.push(port);
      services.push(newProcess(name, ['run', name], port));
    }
    const database =
      options.databaseUrl === undefined ? newProcess('database', ['database']) : undefined;
    return new Gateway(root, env, services, database, ports);
  }

  /**
   * Starts everything and waits until every process says that it is ready, or one has ended.
   * `onWaiting` gets the reason why it has to wait, again and again.
   */
  async start(onWaiting?: (reason: string) => void): Promise<void> {
    if (this.database !== undefined) {
      this.database.start();
      await this.whileRunning((ended) => {
        const limits = { timeoutMs: 60_000, everyMs: 500, signal: ended };
        return eventually(() => this.#runOrThrow(['migrate'], ended), limits);
      });
    }
    for (const service of this.#services) service.start();
    await this.ready(onWaiting);
  }

  ready(onWaiting?: (reason: string) => void): Promise<void> {
    return this.whileRunning((ended) =>
      eventually(
        async () => {
          for (const target of this.metricsTargets) {
            const reason = await reasonToWait(target, ended);
            if (reason === undefined) continue;
            onWaiting?.(reason);
            throw new Error(reason);
          }
        },
        { timeoutMs: readyWithinMs, signal: ended },
      ),
    );
  }

  /** host:port where a service in a process of its own answers /readyz and /metrics. */
  operationsOf(name: ServiceName): string {
    // The console's own port comes first, then the others in the order of the services.
    const place = name === 'console' ? 0 : 1 + serviceNames.indexOf(name);
    const target = this.metricsTargets[place];
    if (target === undefined) throw new Error(`${name} has no process of its own`);
    return target;
  }

  /** Runs `work`; rejects as soon as a process ends without being asked to. See whileRunning. */
  whileRunning<T>(work: (ended: AbortSignal) => Promise<T>): Promise<T> {
    const database = this.database === undefined ? [] : [this.database];
    return whileRunning([...database, ...this.#services], work);
  }

  async stop(): Promise<void> {
    for (const service of [...this.#services].reverse()) await service.stop();
    await this.database?.stop();
  }

  /** Runs a command of the program with this gateway's settings. */
  cli(...args: readonly string[]): Promise<CommandResult> {
    return this.#run(args);
  }

  cliOrThrow(...args: readonly string[]): Promise<string> {
    return this.#runOrThrow(args);
  }

  /** As an operator does, from a file. */
  async importRegistry(registry: object): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'envigate-registry-'));
    try {
      const file = join(folder, 'registry.json');
      await writeFile(file, JSON.stringify(registry));
      await this.cliOrThrow('registry', 'import', file);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  #run(args: readonly string[], signal?: AbortSignal): Promise<CommandResult> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [join(this.#root, program), ...args],
        {
          cwd: this.#root,
          env: { ...process.env, NODE_OPTIONS: '', ...this.#env },
          maxBuffer: 64 << 20,
          ...(signal !== undefined && { signal }),
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ code, stdout, stderr });
        },
      );
    });
  }

  async #runOrThrow(args: readonly string[], signal?: AbortSignal): Promise<string> {
    const { code, stdout, stderr } = await this.#run(args, signal);
    if (code !== 0)
      throw new Error(`envigate ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
    return stdout;
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.consoleUrl}${path}`);
    if (!response.ok)
      throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}

/** Why a process is not ready; undefined where it is. */
async function reasonToWait(target: string, signal: AbortSignal): Promise<string | undefined> {
  let response: Response;
  try {
    response = await fetch(`http://${target}/readyz`, { signal });
  } catch {
    return `${target} does not answer yet`;
  }
  if (response.ok) return undefined;
  const { checks } = (await response.json()) as { checks: Readonly<Record<string, string>> };
  const faults = Object.entries(checks).filter(([, state]) => state !== 'ok');
  return `${target} is not ready: ${faults.map(([name, state]) => `${name}: ${state}`).join('; ')}`;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function settings(options: GatewayOptions): Promise<Record<string, string>> {
  const portOf = async (variable: string): Promise<string> =>
    options.env?.[variable] ?? process.env[variable] ?? String(await freePort());
  return {
    ENVIGATE_DATA_DIR: options.dataDir,
    ENVIGATE_RECEIVER_FTP_PORT: await portOf('ENVIGATE_RECEIVER_FTP_PORT'),
    ENVIGATE_RECEIVER_SFTP_PORT: await portOf('ENVIGATE_RECEIVER_SFTP_PORT'),
    ENVIGATE_CONSOLE_PORT: await portOf('ENVIGATE_CONSOLE_PORT'),
    ENVIGATE_DATABASE_EMBEDDED_PORT: await portOf('ENVIGATE_DATABASE_EMBEDDED_PORT'),
    ...(options.databaseUrl !== undefined && { ENVIGATE_DATABASE_URL: options.databaseUrl }),
    ...(options.kafkaBrokers !== undefined && {
      ENVIGATE_EVENT_LOG_KIND: 'kafka',
      ENVIGATE_EVENT_LOG_KAFKA_BROKERS: options.kafkaBrokers.join(','),
    }),
    ...options.env,
  };
}
