import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { PushedFile } from '@envigate/ministry';
import { hashPassword } from '@envigate/runtime';
import {
  createFleet,
  eventually,
  findInstalledPostgres,
  Gateway,
  localTime,
  startInstalledPostgres,
  type PostgresServer,
} from '@envigate/test-support';
import { pushAll } from './testing/small-office.ts';

// As the operators' guide says: the database of a server of one's own is dumped while the gateway runs,
// that server is lost, and the dump is restored into an empty one. `dataDir` is intact.
jest.setTimeout(240_000);

const programs = findInstalledPostgres();
const password = 'office-password';
const minute = 60_000;

(programs === undefined ? describe.skip : describe)('a dump restored into an empty server', () => {
  const folder = programs ?? '';
  const from = Date.now() - 60 * minute;
  const servers: PostgresServer[] = [];
  let dir: string;
  let gateway: Gateway | undefined;
  let sent = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envigate-backup-'));
  });
  afterAll(async () => {
    await gateway?.stop();
    for (const server of servers) await server.stop();
    await rm(dir, { recursive: true, force: true });
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

  async function start(databaseUrl: string): Promise<Gateway> {
    const dataDir = join(dir, 'data');
    gateway = await Gateway.create({ dataDir, databaseUrl, layout: 'one-process' });
    await gateway.cliOrThrow('migrate');
    await gateway.start();
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

  /** All that was sent is stored once, and the ledger is intact. */
  function expectWhole(of: Gateway): Promise<void> {
    return eventually(
      async () => {
        const { code, stdout } = await of.cli('audit', '--verify', '--json');
        expect(JSON.parse(stdout)).toMatchObject({
          ...{ receptions: sent, stored: sent, duplicates: 0, quarantined: 0 },
          ...{ inSpool: 0, inFlight: 0, unaccounted: 0, ledgerFaults: [] },
        });
        expect(code).toBe(0);
      },
      { timeoutMs: 90_000, everyMs: 1_000 },
    );
  }

  test('has what it had, gets what came since from the spool, and goes on', async () => {
    const lost = await emptyServer();
    const before = await start(lost);
    const { registry } = createFleet({
      ...{ stations: 1, files: 1, until: new Date(), targets: [] },
      passwordHash: await hashPassword(password),
    });
    await before.importRegistry(registry);
    await send(before, 3);
    await expectWhole(before);
    const dump = join(dir, 'envigate.dump');
    await run('pg_dump', '--format=custom', `--file=${dump}`, lost);
    await send(before, 2);
    await expectWhole(before);
    await before.stop();
    await servers.shift()?.stop();

    const fresh = await emptyServer();
    await run('pg_restore', '--exit-on-error', '--no-owner', `--dbname=${fresh}`, dump);
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
