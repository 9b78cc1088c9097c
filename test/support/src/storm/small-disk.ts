import { execFile } from 'node:child_process';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk of its own in memory, small enough to be filled; only root may mount one. */
export class SmallDisk {
  readonly #folder: string;
  readonly #filler: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#filler = join(folder, 'foreign-file');
  }

  /** Mounts it on `folder`, which is made; the reason where that is not allowed. */
  static async mount(folder: string, megabytes: number): Promise<SmallDisk | string> {
    await mkdir(folder, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'none', folder]);
    } catch (error) {
      return `a small disk cannot be mounted: ${(error as Error).message.trim()}`;
    }
    return new SmallDisk(folder);
  }

  /** Somebody else's file takes the last byte. */
  async fill(): Promise<void> {
    // Both end with "no space left"; the second takes what a block of the first was too large for.
    await run('dd', ['if=/dev/zero', `of=${this.#filler}`, 'bs=64k']).catch(() => undefined);
    await run('sh', ['-c', 'cat /dev/zero >> "$0" || true', this.#filler]).catch(() => undefined);
  }

  async isFull(): Promise<boolean> {
    return (await statfs(this.#folder)).bavail === 0;
  }

  async free(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.#folder]);
  }
}
