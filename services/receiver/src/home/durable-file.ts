import { constants } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TreeError } from '@envigate/domain';

/**
 * Makes a file that is there whole or not at all, whenever the power fails: written under the
 * unfinished name, synced, renamed, and the folder synced.
 */
export async function writeDurably(
  path: string,
  unfinished: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const { O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW } = constants;
  const file = await open(unfinished, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW, 0o640);
  try {
    await file.writeFile(Buffer.concat(parts));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncFolder(dirname(path));
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** At most `maxBytes` from the beginning of the file. Links are not followed. */
export async function readBeginning(path: string, maxBytes = Infinity): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (maxBytes === Infinity) return await file.readFile();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Runs work on the disk. A failure becomes the TreeError that a client gets. */
export async function guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw treeErrorOf(error, what);
  }
}

/** Both faults pass, so both codes ask the client to try again later. */
function treeErrorOf(error: unknown, what: string): TreeError {
  if (error instanceof TreeError) return error;
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new TreeError('no-room', `${what}: the disk is full`, { cause: error })
    : new TreeError('unavailable', `${what}: the disk failed`, { cause: error });
}
