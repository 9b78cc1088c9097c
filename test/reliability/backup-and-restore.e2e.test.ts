import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { PushedFile } from '@envigate/ministry';
import { hashPassword } from '@envigate/runtime';
import {
  createFleet,
  eventually,
  findInstalledPostgres,
  Gateway,
  localTime,
  repositoryRoot,
  startInstalledPostgres,
  type PostgresServer,
} from '@envigate/test-support';
import { pushAll } from './testing/small-office.ts';

// As the operators' guide says, with the program of envigate-backup.service.
jest.setTimeout(240_000);

const programs = findInstalledPostgres();
const password = 'office-password';
const minute = 60_000;
const from = Date.now() - 60 * minute;

let dir: string;
let gateway: Gateway | undefined;
let sent: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-backup-'));
  await mkdir(join(dir, 'data'));
  sent = 0;
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  await rm(dir, { recursive: true, force: true });
});

/** On the data of this test, with the registry of one station. */
async function start(databaseUrl?: string): Promise<Gateway> {
  const dataDir = join(dir, 'data');
  const isNew = gateway === undefined;
  gateway = await Gateway.create({
    ...{ dataDir, layout: 'one-process', logDir: join(dir, 'logs') },
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  await gateway.cliOrThrow('migrate');
  await gateway.start();
  if (isNew) {
    const { registry } = createFleet({
      ...{ stations: 1, files: 1, until: new Date(), targets: [] },
      passwordHash: await hashPassword(password),
    });
    await gateway.importRegistry(registry);
  }
  return gateway;
}

async function send(to: Gateway, count: number): Promise<void> {
  const files: PushedFile[] = Array.from({ length: count }, () => {
    const time = localTime(new Date(from + sent++ * minute));
    const content = Buffer.from(`pH\t7.1\t\t${time}\t00\r\n`);
    return { name: `HN_ABCD_NUO001_${time}.txt`, content };
  });
  const url = new URL(`ftp://acc-nuo001:${password}@127.0.0.1:${to.ftpPort}/`);
  // A receiver that has just heard of the account refuses it until it has read the registry.
  await eventually(async () => expect(await pushAll(url, files)).toBe(count));
}

/** Of all that was sent so much is stored once, and the ledger is intact. */
function expectWhole(of: Gateway, stored = sent): Promise<void> {
  return eventually(
    async () => {
      const { code, stdout } = await of.cli('audit', '--verify', '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ receptions: stored, stored, duplicates: 0, quarantined: 0 },
        ...{ inSpool: 0, inFlight: 0, unaccounted: 0, ledgerFaults: [] },
      });
      expect(code).toBe(0);
    },
    { timeoutMs: 90_000, everyMs: 1_000 },
  );
}

/** Runs the program; resolves with the folder of the backup. */
async function backUp(env: Readonly<Record<string, string>>): Promise<string> {
  const to = join(dir, 'backups');
  const script = join(repositoryRoot, 'deploy/package/backup.sh');
  await promisify(execFile)('sh', [script, to], {
    env: { ENVIGATE_DATA_DIR: join(dir, 'data'), ...env },
  });
  const [name = ''] = (await readdir(to)).filter((one) => one.startsWith('envigate-'));
  return join(to, name);
}

(programs === undefined ? describe.skip : describe)('a dump restored into an empty server', () => {
  const folder = programs ?? '';
  const servers: PostgresServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  /** An empty server with a role for the gateway that may do nothing else, and its database. */
  async function emptyServer(): Promise<string> {
    const server = await startInstalledPostgres(folder);
    servers.push(server);
    await run('psql', server.url, '-qc', `CREATE ROLE office LOGIN PASSWORD '${password}'`);
    await run('psql', server.url, '-qc', 'CREATE DATABASE office OWNER office');
    const url = new URL(server.url);
    Object.assign(url, { username: 'office', password, pathname: '/office' });
    return url.href;
  }

  async function run(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)(join(folder, 'bin', program), args);
    expect(stderr).toBe('');
    return stdout;
  }

  test('has what it had, gets what came since from the spool, and goes on', async () => {
    const lost = await emptyServer();
    const before = await start(lost);
    await send(before, 3);
    await expectWhole(before);
    const PATH = `${join(folder, 'bin')}:${process.env['PATH']}`;
    const backup = await backUp({ PATH, DATABASE_URL: lost });
    await send(before, 2);
    await expectWhole(before);
    await before.stop();
    await servers.shift()?.stop();

    const fresh = await emptyServer();
    await run(
      'pg_restore',
      '--exit-on-error',
      '--no-owner',
      `--dbname=${fresh}`,
      join(backup, 'database.dump'),
    );
    const restored = await start(fresh);
    await expectWhole(restored);
    await send(restored, 1);
    await expectWhole(restored);
    const { items } = await restored.get<{ items: readonly { value: number }[] }>(
      '/api/v1/readings?station=NUO001',
    );
    expect(items.map(({ value }) => value)).toEqual(Array.from({ length: sent }, () => 7.1));
  });
});

test('a backup of the embedded database, restored where everything is lost', async () => {
  const before = await start();
  await send(before, 3);
  await expectWhole(before);
  // In place of systemctl: the gateway is one process, which the program may stop and start.
  const bin = join(dir, 'bin');
  await mkdir(bin);
  const { pid } = before.processes.get('gateway')!;
  await writeFile(
    join(bin, 'systemctl'),
    `#!/bin/sh
case $1 in
  list-units) echo 'envigate.service loaded active running Envigate' ;;
  stop) kill -TERM ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.1; done ;;
  start) touch '${join(dir, 'is-started')}' ;;
esac
`,
    { mode: 0o755 },
  );
  const backup = await backUp({ PATH: `${bin}:${process.env['PATH']}` });
  expect(await readdir(dir)).toContain('is-started');
  const again = await start();
  await send(again, 2);
  await expectWhole(again);
  await again.stop();

  await rename(join(dir, 'data'), join(dir, 'data.damaged'));
  await promisify(execFile)('tar', ['-xzf', join(backup, 'data.tar.gz'), '-C', dir]);
  // What came since is known to nobody; the rest is whole, and goes on.
  const restored = await start();
  await expectWhole(restored, 3);
  await send(restored, 1);
  await expectWhole(restored, 4);
});
