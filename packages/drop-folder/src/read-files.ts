import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { DropFile, DropRead } from '@envigate/domain';
import type { OpenFolder } from './open-folder.ts';
import { isSameFile } from './walk.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Reads a file into bytes of its size. O_NONBLOCK: a pipe that took the file's place must not hold us. */
export function readFile(
  folder: OpenFolder,
  name: string,
  file: DropFile,
  into: Uint8Array,
): DropRead {
  let handle: number;
  try {
    handle = openSync(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    return refusal(error);
  }
  try {
    const before = fstatSync(handle);
    if (!before.isFile() || !isSameFile(file, before)) return { kind: 'changed' };
    const isWhole = readAll(handle, into);
    const after = fstatSync(handle);
    // ctime shows what a restored mtime hides.
    const isStill = isSameFile(file, after) && after.ctimeMs === before.ctimeMs;
    return isWhole && isStill ? { kind: 'read', content: into } : { kind: 'changed' };
  } catch (error) {
    return refusal(error);
  } finally {
    closeSync(handle);
  }
}

function readAll(handle: number, into: Uint8Array): boolean {
  for (let done = 0; done < into.length;) {
    const count = readSync(handle, into, done, into.length - done, done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

function refusal(error: unknown): DropRead {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone' };
  // A link by now.
  if (code === 'ELOOP') return { kind: 'changed' };
  return { kind: 'unreadable', reason: message };
}
