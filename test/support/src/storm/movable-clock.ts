import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isReadable } from '../programs.ts';

const memoryFolder = '/dev/shm';

/**
 * A wall clock that can be put forward and back under running processes, by libfaketime (Debian
 * package `faketime`). Their steady clock runs on, as when an operator sets the time.
 */
export class MovableClock {
  readonly #file: string;
  /** For the processes that are to have this clock. */
  readonly env: Readonly<Record<string, string>>;

  private constructor(library: string, file: string) {
    this.#file = file;
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // The file is read again after so many seconds; without a cache at each look at the clock.
      FAKETIME_CACHE_DURATION: '1',
    };
  }

  /** A clock that is right at first; the reason where it cannot be made. */
  static async make(folder: string): Promise<MovableClock | string> {
    const library = await findLibrary();
    if (library === undefined) return 'libfaketime is not installed (apt-get install faketime)';
    const clock = new MovableClock(library, join(folder, 'clock'));
    await clock.set(0);
    return clock;
  }

  /** So many seconds ahead of the true time, or behind it. */
  async set(offsetSeconds: number): Promise<void> {
    // Renamed into place: the library must never read half a number.
    await writeFile(`${this.#file}.new`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
    await rename(`${this.#file}.new`, this.#file);
  }

  /** Removes what killed processes left: libfaketime makes two files in memory for each process. */
  async clear(): Promise<void> {
    for (const name of await readdir(memoryFolder)) {
      const pid = /^(?:sem\.)?faketime_(?:sem|shm)_(\d+)$/.exec(name)?.[1];
      // The number of a dead process may be another program's by now.
      if (pid !== undefined && !(await hasMovableClock(pid)))
        await rm(join(memoryFolder, name), { force: true });
    }
  }
}

async function hasMovableClock(pid: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.includes('libfaketime');
}

async function findLibrary(): Promise<string | undefined> {
  for (const machine of await readdir('/usr/lib').catch(() => [])) {
    const library = join('/usr/lib', machine, 'faketime/libfaketime.so.1');
    if (isReadable(library)) return library;
  }
  return undefined;
}
