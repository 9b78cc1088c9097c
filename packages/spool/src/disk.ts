import { constants } from 'node:fs';
import {
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { freeBytes } from '@envigate/runtime';

/** What the spool asks of a file system. The tests put faults in between. */
export interface Disk {
  makeFolder(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  readFile(path: string): Promise<Buffer>;
  /** Makes an empty file, or empties the one that is there. */
  create(path: string): Promise<DiskFile>;
  open(path: string, access: 'read' | 'write'): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** When the file was last written; milliseconds of the wall clock. */
  modifiedAt(path: string): Promise<number>;
  size(path: string): Promise<number>;
  /** Bytes that may still be written there. */
  freeBytes(path: string): Promise<number>;
}

export interface DiskFile {
  /** Number of bytes read; fewer than asked for at the end only. */
  read(into: Buffer, position: number): Promise<number>;
  /** Resolves when all of it is durable; after a rejection the file may hold any part of it. */
  write(bytes: Buffer, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Makes durable what else happened to it: a truncation, writes of a process that died. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Write and fdatasync in one call to the system, which saves a group its second way through the thread pool. */
const { O_RDWR, O_CREAT, O_TRUNC, O_DSYNC } = constants;

export const nodeDisk: Disk = {
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o750 });
  },
  list: (folder) => readdir(folder),
  readFile: (path) => readFile(path),
  create: async (path) =>
    new NodeFile(await open(path, O_RDWR | O_CREAT | O_TRUNC | O_DSYNC, 0o640)),
  open: async (path, access) =>
    new NodeFile(await open(path, access === 'read' ? 'r' : O_RDWR | O_DSYNC)),
  rename: (from, to) => rename(from, to),
  remove: (path) => unlink(path),
  syncFolder: async (path) => {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  modifiedAt: async (path) => (await stat(path)).mtimeMs,
  size: async (path) => (await stat(path)).size,
  freeBytes,
};

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(into: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.#handle.read(
        into,
        done,
        into.length - done,
        position + done,
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        done,
        bytes.length - done,
        position + done,
      );
      if (bytesWritten === 0) throw new Error('the file system took no byte');
      done += bytesWritten;
    }
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Writes a small file so that after a crash there is either the old one or the new one, whole. */
export async function replaceFile(
  disk: Disk,
  folder: string,
  name: string,
  bytes: Buffer,
): Promise<void> {
  const temporary = `${folder}/${name}.tmp`;
  const file = await disk.create(temporary);
  try {
    await file.write(bytes, 0);
  } finally {
    await file.close();
  }
  await disk.rename(temporary, `${folder}/${name}`);
  await disk.syncFolder(folder);
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

export function isFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

export function errorCode(error: unknown): string | undefined {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : undefined;
}
