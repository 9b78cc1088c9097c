import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import type { DropFile } from '@envigate/domain';
import type { OpenFolder } from './open-folder.ts';

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
export function restoreAside(folder: OpenFolder, entry: string): string | undefined {
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
