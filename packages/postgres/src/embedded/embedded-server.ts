import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  messageOf,
  type Component,
  type Logger,
  type Started,
  pause,
  Backoff,
} from '@envigate/runtime';
import { type Binaries, withPrograms, type ProgramsOptions, oneAtATime } from './programs.ts';
import {
  ensureCluster,
  readPassword,
  serverEnvironment,
  superuser,
  serverArguments,
} from './cluster.ts';
import {
  endOrphans,
  findPostmaster,
  removeStalePidFile,
  stopPostmaster,
  type Postmaster,
  Users,
} from './postmaster.ts';
import { chooseServerUser, descriptorPath, openServerFolder } from './server-user.ts';
import { connectDedicated } from '../connection/connection.ts';
import { DatabaseError } from '../connection/session.ts';

export interface EmbeddedPostgresOptions {
  /** Its own folder: the cluster, its password and its logs. */
  readonly dataDir: string;
  /** On loopback. */
  readonly port: number;
  readonly logger: Logger;
  /** Other programs than those of npm, and where copies of them are kept. */
  readonly programs?: Pick<ProgramsOptions, 'binaries' | 'copies'>;
}

/** Recovery after a crash reads the log written since the last checkpoint: minutes at worst. */
const startDeadlineMs = 10 * 60_000;
const watchMs = 1_000;
const databaseName = 'envigate';

/**
 * A PostgreSQL server of our own, shared by the processes of this machine that name its folder:
 * the first to need it starts it, the last to stop ends it, and whoever finds it dead starts it
 * again. It survives the killing of its users: the next one finds it running.
 */
export function embeddedPostgres(options: EmbeddedPostgresOptions): Component<{ url: string }> {
  return {
    name: 'embedded PostgreSQL',
    async start() {
      const server = await EmbeddedServer.prepare(options);
      return server.start();
    },
  };
}

class EmbeddedServer {
  readonly #options: EmbeddedPostgresOptions;
  readonly #cluster: string;
  readonly #programs: ProgramsOptions;
  readonly #stopping = new AbortController();
  readonly #users: Users;
  #watching: Promise<void> = Promise.resolve();

  private constructor(
    options: EmbeddedPostgresOptions,
    cluster: string,
    users: Users,
    programs: ProgramsOptions,
  ) {
    this.#options = options;
    this.#cluster = cluster;
    this.#users = users;
    this.#programs = programs;
  }

  static async prepare(options: EmbeddedPostgresOptions): Promise<EmbeddedServer> {
    const dataDir = resolve(options.dataDir);
    await mkdir(dataDir, { recursive: true });
    const cluster = join(dataDir, 'cluster');
    const { logger } = options;
    const programs = { logger, user: await chooseServerUser(), ...options.programs };
    await oneAtATime(cluster, () => ensureCluster(cluster, programs));
    return new EmbeddedServer(options, cluster, new Users(join(dataDir, 'users')), programs);
  }

  async start(): Promise<Started<{ url: string }>> {
    const postmaster = await this.#alone(async () => {
      const running = await this.#findOrLaunch();
      await this.#users.register();
      return running;
    });
    const password = await readPassword(this.#cluster);
    const urlOf = (database: string): string =>
      `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${postmaster.port}/${database}`;
    try {
      await ensureDatabase(urlOf('postgres'), databaseName);
    } catch (error) {
      await this.#stop();
      throw error;
    }
    this.#watching = this.#watch();
    return { value: { url: urlOf(databaseName) }, stop: () => this.#stop() };
  }

  /** Starting and stopping is for one process at a time. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return oneAtATime(this.#cluster, work);
  }

  async #findOrLaunch(): Promise<Postmaster> {
    const { logger, port } = this.#options;
    const running = await this.#findRunning();
    if (running === undefined) return this.#launch();
    if (running.port === port || (await this.#users.others())) {
      logger.debug({ pid: running.pid, port: running.port }, 'using the running database server');
      return running;
    }
    logger.info({ pid: running.pid }, 'a database server left over on another port is restarted');
    await stopPostmaster(running.pid);
    return this.#launch();
  }

  /** A server that accepts connections; waits for one that is about to, or about to end. */
  async #findRunning(): Promise<Postmaster | undefined> {
    for (;;) {
      const found = await findPostmaster(this.#cluster);
      if (found === undefined || found.state === 'ready') return found;
      await delay(50);
    }
  }

  async #launch(): Promise<Postmaster> {
    const { port, logger } = this.#options;
    const orphans = await endOrphans(this.#cluster);
    if (orphans.length > 0)
      logger.warn({ pids: orphans }, 'processes of a killed database server were ended');
    await removeStalePidFile(this.#cluster);
    await refusePortInUse(port);
    const child = await withPrograms(this.#programs, (binaries) => this.#spawn(binaries));
    child.unref();
    const deadline = performance.now() + startDeadlineMs;
    while (performance.now() < deadline) {
      const found = await findPostmaster(this.#cluster);
      if (found?.state === 'ready') {
        logger.debug({ pid: found.pid, port: found.port }, 'database server ready');
        return found;
      }
      const end = child.exitCode ?? child.signalCode;
      if (end !== null && found === undefined) {
        const lastWords = await this.#lastWords();
        throw new Error(`the database server did not start: it ended with ${end}${lastWords}`);
      }
      await delay(20);
    }
    throw new Error(`the database server is not ready after ${startDeadlineMs / 60_000} minutes`);
  }

  /** Resolves when the server runs. */
  async #spawn({ postgres }: Binaries): Promise<ChildProcess> {
    const { user } = this.#programs;
    const output = await open(join(this.#cluster, 'startup.log'), 'w', 0o600);
    const folder = await openServerFolder(this.#cluster, user);
    try {
      const child = spawn(postgres, serverArguments(folder.path, this.#options.port), {
        cwd: this.#cluster,
        env: serverEnvironment(),
        stdio: ['ignore', output.fd, output.fd, folder.descriptor],
        // A session of its own: Ctrl-C must reach the services first, and they stop the server.
        detached: true,
        ...user,
      });
      await once(child, 'spawn');
      return child;
    } catch (error) {
      throw new Error(`the database server did not start: ${messageOf(error)}`, { cause: error });
    } finally {
      await Promise.all([output.close(), folder.close()]);
    }
  }

  /** Brings the server back when it dies under us. */
  async #watch(): Promise<void> {
    const { logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pause(watchMs, signal);
      if (signal.aborted || (await findPostmaster(this.#cluster)) !== undefined) continue;
      logger.warn('the database server ended unexpectedly and is started again');
      await this.#alone(() => this.#findOrLaunch()).catch((error: unknown) =>
        logger.error({ err: error }, 'the database server did not start again; next attempt soon'),
      );
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    await this.#alone(async () => {
      await this.#users.unregister();
      if (await this.#users.others()) return;
      const running = await findPostmaster(this.#cluster);
      if (running !== undefined) await stopPostmaster(running.pid);
    });
  }

  /** The end of what the server wrote last, for an error message. */
  async #lastWords(): Promise<string> {
    const logFolder = join(this.#cluster, 'log');
    const names = await readdir(logFolder).catch(() => []);
    const files = [
      join(this.#cluster, 'startup.log'),
      ...names.map((name) => join(logFolder, name)),
    ];
    const dated = await Promise.all(
      files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })),
    );
    const newest = dated.sort((a, b) => b.at - a.at)[0];
    if (newest === undefined) return '';
    const lines = (await readFile(newest.file, 'utf8')).trim().split('\n');
    const words = lines.slice(-5).join('\n');
    return `\n${words.replaceAll(descriptorPath, this.#cluster)}`;
  }
}

/** Said in one line before PostgreSQL says it in six. */
async function refusePortInUse(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `port ${port} is in use by another program: set database.embeddedPort (ENVIGATE_DATABASE_EMBEDDED_PORT) to a free one`,
            )
          : error,
      );
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}

/** duplicate_database, and unique_violation where both got past the server's own look. */
const alreadyThere = new Set(['42P04', '23505']);

async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  const connection = await connectDedicated({ url: serverUrl });
  try {
    const found = await connection.session.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      name,
    ]);
    if (found.length === 0) await connection.session.execute(`CREATE DATABASE ${name}`);
  } catch (error) {
    // Another process started at the same moment.
    if (!(error instanceof DatabaseError) || !alreadyThere.has(error.code)) throw error;
  } finally {
    await connection.close();
  }
}

/** Where the server answers; or why it does not now. */
export type ServerAddress = () => string | DatabaseError;

const firstRetryMs = 1_000;
const maxRetryMs = 10_000;
/** A server that hangs may take longer; it is left to the next start. */
const stopMs = 5_000;

/**
 * The embedded server as a part that nobody waits for. A receiver must listen whatever the database
 * is doing: damaged, on an occupied port, hanging, on a full disk, or killed while it starts. Starting
 * is tried again until it succeeds; meanwhile each connection fails with the reason, retryable.
 */
export function embeddedPostgresInBackground(
  options: EmbeddedPostgresOptions,
): Component<{ address: ServerAddress }> {
  return {
    name: 'embedded PostgreSQL',
    async start() {
      const stopping = new AbortController();
      let address: string | DatabaseError = notReady('it is being started');
      const starting = (async () => {
        const backoff = new Backoff({ firstMs: firstRetryMs, maxMs: maxRetryMs });
        for (;;) {
          const retryInMs = Math.round(backoff.nextMs());
          try {
            const server = await embeddedPostgres(options).start();
            address = server.value.url;
            return server;
          } catch (error) {
            if (stopping.signal.aborted) return undefined;
            address = notReady(messageOf(error));
            options.logger.error(
              { err: error, retryInMs },
              'the database server did not start; files are taken all the same',
            );
          }
          await pause(retryInMs, stopping.signal);
          if (stopping.signal.aborted) return undefined;
        }
      })();
      return {
        value: { address: () => address },
        async stop() {
          stopping.abort();
          const stopped = starting.then((server) => server?.stop());
          await Promise.race([stopped, delay(stopMs, undefined, { ref: false })]);
        },
      };
    },
  };
}

function notReady(reason: string): DatabaseError {
  return new DatabaseError(`the embedded database server is not ready: ${reason}`, {
    code: 'server-not-ready',
    retryable: true,
    connectionLost: true,
  });
}
