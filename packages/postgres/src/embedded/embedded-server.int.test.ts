import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger, type Started } from '@envigate/runtime';
import { eventually, freePort } from '@envigate/test-support';
import { Database } from '../connection/database.ts';
import { binariesIn, findBinaries } from './programs.ts';
import { embeddedPostgres, type EmbeddedPostgresOptions } from './embedded-server.ts';
import { findPostmaster } from './postmaster.ts';

jest.setTimeout(60_000);

let parent: string;
let dataDir: string;
let port: number;
const started: Started<{ url: string }>[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'envigate-embedded-'));
  await chmod(parent, 0o755);
  dataDir = join(parent, 'data', 'postgres');
  port = await freePort();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of started.splice(0)) await server.stop();
  const left = await findPostmaster(join(dataDir, 'cluster'));
  if (left !== undefined) process.kill(left.pid, 'SIGQUIT');
  await rm(parent, { recursive: true, force: true });
});

async function start(
  changes: Partial<EmbeddedPostgresOptions> = {},
): Promise<Started<{ url: string }>> {
  const server = await embeddedPostgres({
    dataDir,
    port,
    logger: silentLogger(),
    ...changes,
  }).start();
  started.push(server);
  return server;
}

async function on<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = new Database({ url, poolSize: 2, logger: silentLogger() });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const postmaster = () => findPostmaster(join(dataDir, 'cluster'));

describe('a backend that outlives its killed postmaster', () => {
  test('is ended, so that the server comes back while it would still compute', async () => {
    const { value } = await start();
    await on(value.url, async (database) => {
      const computing = database.query('SELECT count(*) FROM generate_series(1, 10000000000)');
      computing.catch(() => undefined);
      await eventually(async () => {
        const [row] = await database.query<{ busy: number }>(
          `SELECT count(*) AS busy FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND state = 'active'`,
        );
        expect(row?.busy).toBe(2); // and this one
      });
      process.kill((await postmaster())!.pid, 'SIGKILL');
      await expect(computing).rejects.toThrow();
    });
    await eventually(
      () =>
        on(value.url, async (database) => expect(await database.query('SELECT 1')).toHaveLength(1)),
      { timeoutMs: 30_000 },
    );
  });
});

describe('the embedded server', () => {
  test('is made at the first start and keeps its data over restarts', async () => {
    const first = await start();
    expect(new URL(first.value.url)).toMatchObject({ port: String(port), pathname: '/envigate' });
    await on(first.value.url, (database) => database.execute('CREATE TABLE kept AS SELECT 7 AS n'));
    await first.stop();
    expect(await postmaster()).toBeUndefined();
    const second = await start();
    expect(second.value.url).toBe(first.value.url);
    const rows = await on(second.value.url, (database) => database.query('SELECT n FROM kept'));
    expect(rows).toEqual([{ n: 7 }]);
  });

  test('is set up to lose nothing, and closed to everyone without its password', async () => {
    const { value } = await start();
    const settings = await on(value.url, (database) =>
      database.query<{ name: string; setting: string }>(
        `SELECT name, setting FROM pg_settings
         WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'listen_addresses')`,
      ),
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      listen_addresses: '127.0.0.1',
    });
    const stranger = new URL(value.url);
    stranger.password = '';
    await expect(on(stranger.href, (database) => database.check())).rejects.toThrow(/password/);
    const cluster = await stat(join(dataDir, 'cluster'));
    expect(cluster.mode & 0o077).toBe(0);
    // PostgreSQL refuses root: it runs, and owns its files, as another user.
    if (process.getuid?.() === 0) expect(cluster.uid).not.toBe(0);
  });

  test('is shared by those who start it at once, and ends with the last of them', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(second.value.url).toBe(first.value.url);
    await first.stop();
    await on(second.value.url, (database) => database.check());
    await second.stop();
    expect(await postmaster()).toBeUndefined();
  });

  test('says in one line that its port is taken', async () => {
    const occupant = createServer().listen(port, '127.0.0.1');
    await expect(start()).rejects.toThrow(
      `port ${port} is in use by another program: set database.embeddedPort (ENVIGATE_DATABASE_EMBEDDED_PORT) to a free one`,
    );
    occupant.close();
    await start();
  });

  test('names the folder where it cannot start, whatever path the server got', async () => {
    const cluster = join(dataDir, 'cluster');
    await mkdir(cluster, { recursive: true });
    await writeFile(join(cluster, 'PG_VERSION'), '18');
    await expect(start()).rejects.toThrow(
      `could not access the server configuration file "${cluster}/postgresql.conf"`,
    );
  });

  test('outlives a killed process with everything committed, and serves the next', async () => {
    const holder = await spawnHolder();
    const before = await postmaster();
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
    const { value, stop } = await start();
    expect((await postmaster())?.pid).toBe(before?.pid);
    const rows = await on(value.url, (database) =>
      database.query('SELECT count(*) AS n FROM held'),
    );
    expect(rows).toEqual([{ n: 100 }]);
    // The dead process counts no longer: the server ends with this one.
    await stop();
    expect(await postmaster()).toBeUndefined();
  });

  test('left over on another port, is restarted on the one that is asked for', async () => {
    const holder = await spawnHolder();
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
    const other = await freePort();
    const { value } = await start({ port: other });
    expect(new URL(value.url).port).toBe(String(other));
    await on(value.url, (database) => database.query('SELECT 1 FROM held'));
  });

  test('comes back by itself when it is killed, with everything committed', async () => {
    const { value } = await start();
    await on(value.url, (database) => database.execute('CREATE TABLE kept AS SELECT 7 AS n'));
    const before = await postmaster();
    process.kill(before!.pid, 'SIGKILL');
    const rows = await eventually(() =>
      on(value.url, (database) => database.query('SELECT n FROM kept')),
    );
    expect(rows).toEqual([{ n: 7 }]);
    expect((await postmaster())?.pid).not.toBe(before?.pid);
  });

  test('starts although its number in postmaster.pid now belongs to another program', async () => {
    const first = await start();
    const { pid } = (await postmaster())!;
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
    await copyFile(pidFile, join(parent, 'pid'));
    await first.stop();
    // As after a power cut: the file is there, and this very process has its number.
    const content = await readFile(join(parent, 'pid'), 'utf8');
    await writeFile(pidFile, content.replace(String(pid), String(process.pid)));
    const second = await start();
    await on(second.value.url, (database) => database.check());
  });

  test('runs from and in folders that are closed to its user, without any capability', async () => {
    const closed = join(parent, 'closed');
    await mkdir(closed, { mode: 0o700 });
    dataDir = join(closed, 'postgres');
    const { folder } = await findBinaries();
    await cp(folder, join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
    const programs = {
      binaries: binariesIn(join(closed, 'native')),
      copies: join(parent, 'copies'),
    };
    const { value } = await start({ programs });
    // Also reads its settings anew, and loads a library, after it has started.
    const rows = await on(value.url, async (database) => {
      await database.execute('CREATE EXTENSION pgcrypto');
      return database.query('SELECT pg_reload_conf() AS reloaded');
    });
    expect(rows).toEqual([{ reloaded: true }]);
    if (process.platform !== 'linux') return;
    const { pid } = (await postmaster())!;
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^CapEff:\s+0+$/m);
    process.kill(pid, 'SIGKILL');
    await eventually(() => on(value.url, (database) => database.query("SELECT digest('', 'md5')")));
    expect((await postmaster())?.pid).not.toBe(pid);
  });
});

/** A process that starts the server, commits 100 rows and then holds on. */
async function spawnHolder(): Promise<ChildProcess> {
  const loader = new URL('../../../event-log/typescript-loader/register.mjs', import.meta.url).href;
  const program = fileURLToPath(new URL('./testing/hold-server.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', loader, '--conditions', '@envigate/source', program, dataDir, String(port)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('close', () => reject(new Error('the holder ended early')));
  });
  return child;
}
