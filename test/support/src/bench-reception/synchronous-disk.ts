import { execFile, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@envigate/runtime';

/** As it is named in the figures. */
export const synchronousOptions = 'sync,dirsync';

/** The files of a whole run, each in a block of its own, and an inode for each. */
const imageBytes = 4 * 1024 ** 3;
const bytesPerInode = 4096;

/** A file system that is there for one run. */
export interface SynchronousDisk {
  readonly path: string;
  /** Unmounts it and removes its image. */
  release(): Promise<void>;
}

/**
 * Mounts an image in `dir` so that whatever a program writes there, and every name it makes, is on the
 * disk when the call returns. A server that does not sync then acknowledges what ours acknowledges.
 * Undefined where that is not allowed; the reason is printed.
 */
export async function mountSynchronousDisk(dir: string): Promise<SynchronousDisk | undefined> {
  const [image, path] = [join(dir, 'synchronous.img'), join(dir, 'synchronous')] as const;
  const unmount = ['umount', ['--lazy', path]] as const;
  try {
    if (process.getuid?.() !== 0) throw new Error('only root may mount');
    await mkdir(path);
    await run('fallocate', ['--length', String(imageBytes), image]);
    // All of it now: the kernel would otherwise write the inode tables during the measurement.
    const atOnce = 'lazy_itable_init=0,lazy_journal_init=0';
    await run('mkfs.ext4', ['-q', '-F', '-i', String(bytesPerInode), '-E', atOnce, image]);
    await run('mount', ['-o', `loop,${synchronousOptions}`, image, path]);
  } catch (error) {
    console.warn(
      `nothing is measured on a disk mounted ${synchronousOptions}: ${messageOf(error)}`,
    );
    await rm(image, { force: true });
    return undefined;
  }
  // Also where the run is broken off: nobody would look for a mount, and for 4 GiB, among temporary files.
  const releaseNow = (): void => {
    spawnSync(...unmount);
    rmSync(image, { force: true });
  };
  process.once('exit', releaseNow);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return {
    path,
    async release() {
      process.off('exit', releaseNow);
      // Lazily: a session of a server that was stopped may be on its way out still.
      await run(...unmount);
      await rm(image);
    },
  };
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, args);
}
