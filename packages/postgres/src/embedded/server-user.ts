import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '@envigate/runtime';

const run = promisify(execFile);
const userName = 'postgres';

/** As whom the server's programs run. PostgreSQL refuses to run as root. */
export interface ServerUser {
  /** For files that the server must own; undefined where it runs as this process's own user. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** The command and options with which a program is to be spawned as this user. */
  launch(program: string, args: readonly string[]): LaunchPlan;
}

export interface LaunchPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * The user of this process, or, where that is root, the user 'postgres', made if it is missing.
 * `paths` are those that it must be able to reach.
 */
export async function chooseServerUser(
  paths: readonly string[],
  logger: Logger,
): Promise<ServerUser> {
  if (process.getuid?.() !== 0) {
    return { ids: undefined, launch: (command, args) => ({ command, args, ids: undefined }) };
  }
  const ids = (await findUser()) ?? (await createUser());
  const closed = await firstClosedFolder(paths, ids);
  if (closed === undefined) {
    return { ids, launch: (command, args) => ({ command, args, ids }) };
  }
  const setpriv = await findSetpriv();
  if (setpriv === undefined) {
    throw new Error(
      `PostgreSQL does not run as root, and its user '${userName}' cannot enter ${closed}: ` +
        `run 'chmod o+x ${closed}', or install and keep the data elsewhere`,
    );
  }
  logger.warn(
    { folder: closed },
    `the user '${userName}' cannot enter this folder; the database server gets the right to pass it`,
  );
  // Still not root, but allowed through folders that are closed to others.
  const identity = [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'];
  const rights = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return {
    ids,
    launch: (program, args) => ({
      command: setpriv,
      args: [...identity, ...rights, '--', program, ...args],
      ids: undefined,
    }),
  };
}

async function findUser(): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', userName]),
      run('id', ['-g', userName]),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function createUser(): Promise<{ uid: number; gid: number }> {
  let failure: unknown;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', userName]);
  } catch (error) {
    failure = error; // another process may have made it at the same time
  }
  const ids = await findUser();
  if (ids !== undefined) return ids;
  throw new Error(
    `PostgreSQL does not run as root, and the user '${userName}' for it could not be made: ` +
      `make it with your system's tools, or do not run as root`,
    { cause: failure },
  );
}

/** The outermost folder on the way to the paths that the user may not pass through. */
async function firstClosedFolder(
  paths: readonly string[],
  { uid, gid }: { uid: number; gid: number },
): Promise<string | undefined> {
  for (const path of paths) {
    const folders: string[] = [];
    for (let folder = resolve(path); ; folder = dirname(folder)) {
      folders.unshift(folder);
      if (folder === dirname(folder)) break;
    }
    for (const folder of folders) {
      const { mode, uid: owner, gid: group } = await stat(folder);
      const passing = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
      if ((mode & passing) === 0) return folder;
    }
  }
  return undefined;
}

async function findSetpriv(): Promise<string | undefined> {
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    const path = `${folder}/setpriv`;
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
