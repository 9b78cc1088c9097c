import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);
export const superuser = 'postgres';
const passwordFile = 'envigate-password';

/**
 * Makes the database cluster where there is none; for one process at a time. It is made beside its
 * place and renamed into it whole, so a crash leaves no half cluster.
 */
export async function ensureCluster(
  cluster: string,
  binaries: Binaries,
  user: ServerUser,
): Promise<void> {
  if (await exists(join(cluster, 'PG_VERSION'))) return;
  const building = `${cluster}.new`;
  const password = randomBytes(24).toString('base64url');
  const passwordPath = `${building}.password`;
  try {
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { mode: 0o700 });
    await writeFile(passwordPath, password, { mode: 0o600 });
    for (const path of [building, passwordPath]) await giveTo(user, path);
    await initialise(building, passwordPath, binaries, user);
    await rename(passwordPath, join(building, passwordFile));
    await rename(building, cluster);
  } finally {
    await rm(building, { recursive: true, force: true });
    await rm(passwordPath, { force: true });
  }
}

export async function readPassword(cluster: string): Promise<string> {
  return (await readFile(join(cluster, passwordFile), 'utf8')).trim();
}

async function initialise(
  folder: string,
  passwordPath: string,
  { initdb, postgres }: Binaries,
  user: ServerUser,
): Promise<void> {
  for (const program of [initdb, postgres]) await makeExecutable(program);
  const { command, args, ids } = user.launch(initdb, [
    `--pgdata=${folder}`,
    `--username=${superuser}`,
    `--pwfile=${passwordPath}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts the same on every machine and after every upgrade of the system's libraries.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  try {
    await run(command, [...args], { cwd: folder, env: serverEnvironment(), ...ids });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`the database could not be made: ${stderr?.trim() ?? String(error)}`, {
      cause: error,
    });
  }
}

/** Nothing of ours: no password, and no PG… variable that would change what the server does. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C' };
}

async function makeExecutable(program: string): Promise<void> {
  // npm unpacks them without the bit where install scripts did not run.
  if (!(await exists(program, 1))) await chmod(program, 0o755);
}

async function giveTo({ ids }: ServerUser, path: string): Promise<void> {
  if (ids !== undefined) await chown(path, ids.uid, ids.gid);
}

async function exists(path: string, mode?: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
