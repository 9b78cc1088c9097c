import { execFile } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const serverUserName = 'postgres';

/** Another user than that of this process, as whom the server's programs run. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user 'postgres', created where it is missing, if this process runs as root, which PostgreSQL
 * refuses. Undefined otherwise: the programs then run as this process does.
 */
export async function chooseServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await findUser()) ?? (await createUser());
}

/** How the server's programs name a folder that they got as their descriptor 3. */
export const descriptorPath = '/proc/self/fd/3';

/** A folder as the server's programs see it. */
export interface ServerFolder {
  /** Under which they reach it. */
  readonly path: string;
  /** To be handed to them as their descriptor 3. */
  readonly descriptor: number | 'ignore';
  close(): Promise<void>;
}

/**
 * Hands a folder that the user owns to the server's programs. The user may not be able to pass the
 * folders above it: root's home is closed, and so is what mkdtemp makes. An open descriptor needs
 * no way there, and no capability, which would let the server read every file of the machine.
 */
export async function openServerFolder(
  folder: string,
  user: ServerUser | undefined,
): Promise<ServerFolder> {
  if (user === undefined || process.platform !== 'linux') {
    const closed = user && (await firstClosedFolder(folder, user));
    if (closed !== undefined) throw new ClosedFolderError(closed);
    return { path: folder, descriptor: 'ignore', close: () => Promise.resolve() };
  }
  const handle = await open(folder, 'r');
  return { path: descriptorPath, descriptor: handle.fd, close: () => handle.close() };
}

/** The server's user cannot reach what it needs; says what to do. */
export class ClosedFolderError extends Error {
  override name = 'ClosedFolderError';

  constructor(folder: string, more = '', options?: ErrorOptions) {
    super(
      `PostgreSQL does not run as root, and its user '${serverUserName}' cannot enter ${folder}${more}: ` +
        `run 'chmod o+x ${folder}', install and keep the data elsewhere, or set DATABASE_URL`,
      options,
    );
  }
}

/** The outermost folder, from the root down to `path` itself, that the user may not pass. */
export async function firstClosedFolder(
  path: string,
  user: ServerUser,
): Promise<string | undefined> {
  const folders: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of folders) if (!mayUse(await stat(folder), user, 0o1)) return folder;
  return undefined;
}

/** Whether the mode allows the user all of `rights`: 4 to read, 1 to execute or to pass. */
export function mayUse(
  file: { readonly mode: number; readonly uid: number; readonly gid: number },
  user: ServerUser,
  rights: number,
): boolean {
  const shift = file.uid === user.uid ? 6 : file.gid === user.gid ? 3 : 0;
  return ((file.mode >> shift) & rights) === rights;
}

async function findUser(): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', serverUserName]),
      run('id', ['-g', serverUserName]),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function createUser(): Promise<ServerUser> {
  let failure: unknown;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', serverUserName]);
  } catch (error) {
    failure = error; // another process may have made it at the same time
  }
  const user = await findUser();
  if (user !== undefined) return user;
  throw new Error(
    `PostgreSQL does not run as root, and the user '${serverUserName}' for it could not be made: ` +
      `make it with your system's tools, or do not run as root`,
    { cause: failure },
  );
}
