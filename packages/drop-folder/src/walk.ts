import {
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import type { DropFile, DropLook } from '@envigate/domain';

export type Found =
  | { readonly kind: 'file'; readonly file: DropFile }
  | { readonly kind: 'folder' }
  | { readonly kind: 'empty-folder'; readonly path: string; readonly modifiedAt: number }
  | { readonly kind: 'unreadable' | 'other'; readonly path: string };

const maxDepth = 32;
const portionEntries = 2000;
const portionMs = 50;

/** Milliseconds of a clock that never jumps and is the same in all threads. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Everything below an open folder, which stays open, from its entries on. Folders whose names begin with a dot are not
 * entered: like such files they wait for their rename, or belong to the other server.
 */
export function* walk(
  folder: OpenFolder,
  path: string,
  entries: readonly string[],
  depth = 1,
): Generator<Found, void> {
  for (const entry of entries) {
    const name = restoreAside(folder, entry);
    if (name !== undefined) yield* visit(folder, path, name, depth);
  }
}

/** What is at a name, and below it. Nothing where it is gone. */
export function* visit(
  folder: OpenFolder,
  path: string,
  name: string,
  depth = 1,
): Generator<Found, void> {
  const here = `${path}/${name}`;
  const stats = lookAt(folder, name);
  if (stats === undefined) return;
  if (stats === 'unreadable') yield { kind: 'unreadable', path: here };
  else if (stats.isFile()) yield { kind: 'file', file: dropFile(here, stats) };
  else if (!stats.isDirectory()) yield { kind: 'other', path: here };
  else if (!name.startsWith('.')) yield* enter(folder, here, name, stats, depth);
}

function* enter(
  parent: OpenFolder,
  path: string,
  name: string,
  { mtimeMs }: Stats,
  depth: number,
): Generator<Found, void> {
  const folder = depth < maxDepth ? openChild(parent, name) : 'unreadable';
  if (folder === 'gone') return;
  if (folder === 'unreadable') {
    yield { kind: 'unreadable', path };
    return;
  }
  try {
    yield { kind: 'folder' };
    const entries = entriesOf(folder);
    if (entries === undefined) yield { kind: 'unreadable', path };
    else if (entries.length === 0) yield { kind: 'empty-folder', path, modifiedAt: mtimeMs };
    else yield* walk(folder, path, entries, depth + 1);
  } finally {
    folder.close();
  }
}

/** The next entries of a walk as one look; undefined at its end. */
export function portion(
  entries: Generator<Found, void>,
  limit = portionEntries,
): DropLook | undefined {
  const from = now();
  const files: DropFile[] = [];
  const emptyFolders: DropLook['emptyFolders'][number][] = [];
  const obstacles: DropLook['obstacles'][number][] = [];
  let folders = 0;
  for (let count = 0; count < limit && (count === 0 || now() - from < portionMs); count++) {
    const next = entries.next();
    if (next.done === true) {
      if (count === 0) return undefined;
      break;
    }
    const found = next.value;
    switch (found.kind) {
      case 'file':
        files.push(found.file);
        break;
      case 'folder':
        folders += 1;
        break;
      case 'empty-folder':
        emptyFolders.push({ path: found.path, modifiedAt: found.modifiedAt });
        break;
      case 'unreadable':
      case 'other':
        obstacles.push({ path: found.path, kind: found.kind });
        break;
    }
  }
  return { from, to: now(), files, folders, emptyFolders, obstacles };
}

function dropFile(path: string, { size, mtimeMs, ino }: Stats): DropFile {
  return { path, size, modifiedAt: mtimeMs, inode: ino };
}

export function isSameFile(file: DropFile, { size, mtimeMs, ino }: Stats): boolean {
  return size === file.size && mtimeMs === file.modifiedAt && ino === file.inode;
}

function entriesOf(folder: OpenFolder): string[] | undefined {
  try {
    return folder.entries();
  } catch {
    return undefined;
  }
}

function lookAt(folder: OpenFolder, name: string): Stats | 'unreadable' | undefined {
  try {
    return lstatSync(folder.at(name), { throwIfNoEntry: false });
  } catch {
    return 'unreadable';
  }
}

function openChild(parent: OpenFolder, name: string): OpenFolder | 'gone' | 'unreadable' {
  try {
    return parent.open(name);
  } catch (error) {
    // ENOTDIR, ELOOP: exchanged for something else since it was looked at.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' || code === 'EIO' ? 'unreadable' : 'gone';
  }
}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Linux reaches what lies in an open folder by a path through its handle, as openat does. */
const handlePaths = '/proc/self/fd';
const hasHandlePaths = existsSync(handlePaths);

/**
 * A folder held open. Whoever puts files into a drop folder may put links there too, and exchange
 * a folder for a link between two of our calls: so each step down is one call that follows none,
 * and entries are reached through the handle. Where the system has no paths for that (not Linux),
 * the path is used as it was.
 *
 * Names are one character per byte, as in DropFile.
 */
export class OpenFolder {
  readonly #handle: number;
  readonly #path: string;

  private constructor(handle: number, path: string) {
    this.#handle = handle;
    this.#path = hasHandlePaths ? `${handlePaths}/${handle}` : path;
  }

  /** The drop folder itself may be reached by links: the operator named it. Throws where it is away. */
  static root(path: string): OpenFolder {
    const real = realpathSync.native(path, { encoding: 'buffer' }).toString('latin1');
    return OpenFolder.#open(real);
  }

  /** Throws where a part of the way is missing or no folder. */
  static below(root: string, folder: string): OpenFolder {
    let open = OpenFolder.root(root);
    for (const name of folder.split('/').filter((part) => part !== '')) {
      try {
        const next = open.open(name);
        open.close();
        open = next;
      } catch (error) {
        open.close();
        throw error;
      }
    }
    return open;
  }

  static #open(path: string): OpenFolder {
    return new OpenFolder(openSync(pathOf(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path);
  }

  open(name: string): OpenFolder {
    return OpenFolder.#open(`${this.#path}/${name}`);
  }

  entries(): string[] {
    return readdirSync(pathOf(this.#path), { encoding: 'latin1' });
  }

  at(name: string): string | Buffer {
    return pathOf(`${this.#path}/${name}`);
  }

  close(): void {
    closeSync(this.#handle);
  }
}

/** For calls of node:fs. */
export function pathOf(bytes: string): string | Buffer {
  return isAscii.test(bytes) ? bytes : Buffer.from(bytes, 'latin1');
}

const isAscii = /^[\u0000-\u007f]*$/;

/**
 * A file that is to be removed is renamed aside first, looked at once more, and only then removed:
 * between a look and a removal by the same name, the other server could have put a newer file
 * there. What lies aside under our mark after a crash gets its name back at the next look.
 */
const mark = '.envigate-taken.';
const markedName = /^\.envigate-taken\.[0-9a-z]+\.(.+)$/s;
const maxNameBytes = 255;

/** With the inode in it no two files meet; undefined where the name has no room for the mark. */
export function asideName(name: string, { inode }: DropFile): string | undefined {
  const aside = `${mark}${inode.toString(36)}.${name}`;
  return aside.length <= maxNameBytes ? aside : undefined;
}

/** The name under which an entry of a folder is to be looked at; undefined for none now. */
function restoreAside(folder: OpenFolder, entry: string): string | undefined {
  const name = markedName.exec(entry)?.[1];
  if (name === undefined) return entry;
  return putBack(folder, entry, name) ? name : undefined;
}

/** Gives a file its name back, unless there is another one by now: then it waits aside. */
export function putBack(folder: OpenFolder, aside: string, name: string): boolean {
  const to = folder.at(name);
  try {
    // A link never takes another file's place, as a rename would.
    linkSync(folder.at(aside), to);
    unlinkSync(folder.at(aside));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  }
  // File systems without hard links, and files of others that may not be linked.
  try {
    if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return false;
    renameSync(folder.at(aside), to);
    return true;
  } catch {
    return false;
  }
}
