import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@envigate/runtime';
import { withPrograms, type ProgramsOptions } from './programs.ts';
import { descriptorPath, openServerFolder, type ServerUser } from './server-user.ts';

export const superuser = 'postgres';
const passwordFile = 'envigate-password';

/**
 * Makes the database cluster where there is none; for one process at a time. It is made beside its
 * place and renamed into it whole, so a crash leaves no half cluster.
 */
export async function ensureCluster(cluster: string, programs: ProgramsOptions): Promise<void> {
  if (await exists(join(cluster, 'PG_VERSION'))) return;
  const building = `${cluster}.new`;
  try {
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { mode: 0o700 });
    const password = join(building, 'password');
    await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
    for (const path of [building, password]) await giveTo(programs.user, path);
    await withPrograms(programs, ({ initdb }) => initialise(building, initdb, programs.user));
    await rename(password, join(building, 'data', passwordFile));
    await rename(join(building, 'data'), cluster);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Whether an embedded server has its data in this folder, also where only another user may read it. */
export async function hasCluster(dataDir: string): Promise<boolean> {
  try {
    await stat(join(dataDir, 'cluster', 'PG_VERSION'));
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

export async function readPassword(cluster: string): Promise<string> {
  return (await readFile(join(cluster, passwordFile), 'utf8')).trim();
}

/** Makes the cluster in `building`/data, with the password of `building`/password. */
async function initialise(
  building: string,
  initdb: string,
  user: ServerUser | undefined,
): Promise<void> {
  const folder = await openServerFolder(building, user);
  try {
    const args = [
      `--pgdata=${folder.path}/data`,
      `--username=${superuser}`,
      `--pwfile=${folder.path}/password`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorts the same on every machine and after every upgrade of the system's libraries.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ];
    const child = spawn(initdb, args, {
      cwd: building,
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe', folder.descriptor],
      ...user,
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    await once(child, 'close');
    const end = child.exitCode ?? child.signalCode;
    const reason = stderr.trim().replaceAll(descriptorPath, building);
    if (end !== 0) throw new Error(reason || `initdb ended with ${end}`);
  } catch (error) {
    throw new Error(`the database could not be made: ${messageOf(error)}`, { cause: error });
  } finally {
    await folder.close();
  }
}

/** Nothing of ours: no password, and no PG… variable that would change what the server does. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C' };
}

async function giveTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The server's settings for a small office: a machine of 2 cores and 4 GB that does other work too. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // A question about all months of the record locks each of them, and its indexes.
  max_locks_per_transaction: '256',

  // What was committed is on disk, and pages torn by a power cut are repaired.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',

  shared_buffers: '128MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  // Parallel queries need /dev/shm, of which containers have little.
  max_parallel_workers_per_gather: '0',

  // Long enough between checkpoints that a burst of files is not written twice over.
  wal_level: 'replica',
  wal_buffers: '16MB',
  min_wal_size: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  autovacuum_naptime: '15s',
  random_page_cost: '1.1',

  TimeZone: 'UTC',
  log_timezone: 'UTC',
  // One file for each day of the week, overwritten a week later.
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_checkpoints: 'off',
};

export function serverArguments(cluster: string, port: number): readonly string[] {
  const all = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', cluster, '-p', String(port), ...all];
}
