import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import {
  ManagedProcess,
  SmallDisk,
  eventually,
  freePort,
  postmasterPid,
  repositoryRoot,
} from '@envigate/test-support';
import { Client, FTPError } from 'basic-ftp';
import { Readable } from 'node:stream';

jest.setTimeout(180_000);

/**
 * The receiver listens and takes files whatever its embedded database is doing, as in an installation
 * where both keep their data in one folder.
 */
const run = promisify(execFile);
const cli = join(repositoryRoot, 'services/cli/bin/envigate.js');
// scrypt of "right" at the lowest cost.
const passwordHash =
  'scrypt$2$1$1$AAAAAAAAAAAAAAAAAAAAAA==$Mt8LFPQ7uNoloOA5RozApncx/jmFGcO00E7EQymS++g=';

let dir: string;
let dataDir: string;
/** Absent where none can be mounted. */
let disk: SmallDisk | undefined;
let whyNoSmallDisk = '';
let env: Record<string, string>;
let gateway: ManagedProcess;
const heal: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-database-away-'));
  dataDir = join(dir, 'data');
  await run('chmod', ['755', dir]);
  const mounted = await SmallDisk.mount(dataDir, 300);
  if (typeof mounted === 'string') whyNoSmallDisk = mounted;
  else disk = mounted;
  env = {
    ENVIGATE_DATA_DIR: dataDir,
    ENVIGATE_DATABASE_EMBEDDED_PORT: String(await freePort()),
    ENVIGATE_RECEIVER_FTP_PORT: String(await freePort()),
    ENVIGATE_RECEIVER_SFTP_PORT: String(await freePort()),
    ENVIGATE_OPERATIONS_PORT: String(await freePort()),
    ENVIGATE_RECEIVER_SPOOL_MIN_FREE_BYTES: '1000000',
  };
  const registry = join(dir, 'registry.json');
  const accounts = [{ code: 'tram01', passwordHash, stations: [] }];
  await writeFile(
    registry,
    JSON.stringify({ facilities: [], stations: [], accounts, parameters: [], targets: [] }),
  );
  const options = { env: { ...process.env, ...env, DATABASE_URL: '' } };
  delete (options.env as Record<string, unknown>)['DATABASE_URL'];
  await run(process.execPath, [cli, 'migrate'], options);
  await run(process.execPath, [cli, 'registry', 'import', registry], options);
  gateway = new ManagedProcess({
    name: 'gateway',
    args: [cli, 'run', 'receiver', 'normaliser', 'recorder'],
    logFile: join(dir, 'gateway.log'),
    env,
  });
  gateway.start(); // keeps the registry on disk for times without a database
  await eventually(ready, { timeoutMs: 60_000 });
  await gateway.stop();
});
afterEach(async () => {
  for (const step of heal.splice(0).reverse()) await step();
  await gateway.stop();
});
afterAll(async () => {
  await disk?.unmount();
  await rm(dir, { recursive: true, force: true });
});

async function ready(): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${env['ENVIGATE_OPERATIONS_PORT']}/readyz`);
  if (!answer.ok) throw new Error(await answer.text());
}

async function upload(name: string, content = `pH\t7\t-\t20261129101500\t00\r\n`): Promise<number> {
  const client = new Client(20_000);
  try {
    await client.access({
      host: '127.0.0.1',
      port: Number(env['ENVIGATE_RECEIVER_FTP_PORT']),
      user: 'tram01',
      password: 'right',
    });
    const { code } = await client.uploadFrom(Readable.from([Buffer.from(content)]), name);
    return code;
  } catch (error) {
    if (error instanceof FTPError) return error.code;
    throw error;
  } finally {
    client.close();
  }
}

async function waitingFiles(): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${env['ENVIGATE_OPERATIONS_PORT']}/metrics`);
  const text = await answer.text();
  return Number(/^envigate_spool_waiting_files (\d+)$/m.exec(text)?.[1] ?? NaN);
}

/** Everything that was taken is published and the process, never started anew, is ready. */
async function recovers(pid: number | undefined): Promise<void> {
  for (const step of heal.splice(0).reverse()) await step();
  await eventually(
    async () => {
      await ready();
      expect(await waitingFiles()).toBe(0);
    },
    { timeoutMs: 60_000 },
  );
  expect(gateway.pid).toBe(pid);
}

test('a database that cannot start: files are taken, and published when it can', async () => {
  const control = join(dataDir, 'postgres/cluster/global/pg_control');
  await rename(control, `${control}.away`);
  heal.push(() => rename(`${control}.away`, control));
  gateway.start();
  await eventually(async () => expect(await upload('damaged.txt')).toBe(226));
  // It tries several times to start the server meanwhile.
  await eventually(async () => {
    const log = await readFile(join(dir, 'gateway.log'), 'utf8');
    expect(log.split('the database server did not start').length).toBeGreaterThan(3);
  });
  expect(await waitingFiles()).toBe(1);
  await recovers(gateway.pid);
});

test('its port taken by another program', async () => {
  const squatter = createServer().listen(
    Number(env['ENVIGATE_DATABASE_EMBEDDED_PORT']),
    '127.0.0.1',
  );
  heal.push(() => new Promise((resolve) => squatter.close(resolve)));
  gateway.start();
  await eventually(async () => expect(await upload('occupied.txt')).toBe(226));
  await eventually(async () => {
    const log = await readFile(join(dir, 'gateway.log'), 'utf8');
    expect(log).toContain('is in use by another program: set database.embeddedPort');
  });
  await recovers(gateway.pid);
});

test('a database that hangs when the gateway was killed and starts again', async () => {
  gateway.start();
  await eventually(ready, { timeoutMs: 60_000 });
  const pid = await postmasterPid(dataDir);
  process.kill(pid, 'SIGSTOP');
  heal.push(async () => process.kill(pid, 'SIGCONT'));
  await gateway.kill();
  gateway.start();
  await eventually(async () => expect(await upload('hanging.txt')).toBe(226));
  // The first attempt to reach the server has given up by then.
  await eventually(
    async () => {
      const log = await readFile(join(dir, 'gateway.log'), 'utf8');
      expect(log.slice(log.lastIndexOf('spool opened'))).toContain('did not start');
    },
    { timeoutMs: 90_000, everyMs: 500 },
  );
  await recovers(gateway.pid);
});

test('a database that is killed again and again while it starts ends no service', async () => {
  gateway.start();
  for (let kills = 0; kills < 4;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const pid = await postmasterPid(dataDir).catch(() => NaN);
    try {
      process.kill(pid, 'SIGKILL');
      kills += 1;
    } catch {
      continue; // not started yet
    }
    await rm(join(dataDir, 'postgres/cluster/postmaster.pid'), { force: true });
  }
  await eventually(async () => expect(await upload('killed.txt')).toBe(226));
  await recovers(gateway.pid);
});

test('a full disk: the receiver comes up, answers 452, publishes nothing wrong, and goes on when there is room', async () => {
  if (disk === undefined) {
    console.warn(`skipped: ${whyNoSmallDisk}`);
    return;
  }
  const small = disk;
  gateway.start();
  await eventually(ready, { timeoutMs: 60_000 });
  expect(await upload('before.txt')).toBe(226);
  await gateway.kill();
  await small.fill();
  expect(await small.isFull()).toBe(true);
  heal.push(() => small.free());
  gateway.start();
  await eventually(async () => expect(await upload('full.txt')).toBe(452));
  await recovers(gateway.pid);
  expect(await upload('after.txt')).toBe(226);
});
