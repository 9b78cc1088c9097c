import { lstatSync, type Stats } from 'node:fs';
import type { DropFile, DropLook } from '@envigate/domain';
import { restoreAside } from './aside.ts';
import type { OpenFolder } from './open-folder.ts';

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

export function dropFile(path: string, { size, mtimeMs, ino }: Stats): DropFile {
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
