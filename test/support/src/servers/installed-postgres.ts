import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../processes/eventually.ts';
import { freePort } from '../processes/free-port.ts';
import { reportSkipped } from '../programs.ts';
import type { PostgresServer } from './postgres.ts';

const run = promisify(execFile);

/** Where Debian keeps the programs of each version. */
const versions = '/usr/lib/postgresql';

/**
 * The folder of the newest PostgreSQL of the system that has a server and pg_dump; undefined where there
 * is none, which is reported. The server that comes by npm has no pg_dump, and another version's refuses it.
 */
export function findInstalledPostgres(): string | undefined {
  const names = existsSync(versions) ? readdirSync(versions) : [];
  const folder = names
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version))
    .find((path) => ['initdb', 'pg_dump'].every((name) => existsSync(join(path, 'bin', name))));
  if (folder === undefined) reportSkipped('tests with pg_dump: not installed');
  return folder;
}

/** A server of these programs with an empty cluster of its own, which knows the superuser `postgres` alone. */
export async function startInstalledPostgres(folder: string): Promise<PostgresServer> {
  const bin = (name: string): string => join(folder, 'bin', name);
  const dir = await mkdtemp(join(tmpdir(), 'envigate-installed-postgres-'));
  const cluster = join(dir, 'cluster');
  const port = await freePort();
  const owner = await serverUser();
  if (owner !== undefined) await chown(dir, owner.uid, owner.gid);
  const as = { ...owner, cwd: '/' };
  const init = ['-D', cluster, '--username=postgres', '--auth=trust', '--no-sync', '--locale=C'];
  await run(bin('initdb'), [...init, '--encoding=UTF8'], as);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const options = settings.flatMap((setting) => ['-c', setting]);
  const server = spawn(bin('postgres'), ['-D', cluster, '-p', String(port), ...options], {
    ...as,
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  await eventually(() => run(bin('pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]));
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    source: `${folder}, port ${port}`,
    async stop() {
      server.kill('SIGINT'); // the fast way to end: its sessions are not waited for
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL does not run as root. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = async (what: string): Promise<number> =>
    Number((await run('id', [what, 'postgres'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}
