import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './postmaster.ts';

/**
 * Who uses the server: a file for each, which names its process and when that began, so that the
 * files of killed processes are known even where their number was given to another. To be called
 * only by one process at a time.
 */
export class Users {
  readonly #folder: string;
  readonly #own = randomUUID();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async register(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const content = `${process.pid} ${await startOf(process.pid)}`;
    await writeFile(join(this.#folder, this.#own), content);
  }

  async unregister(): Promise<void> {
    await rm(join(this.#folder, this.#own), { force: true });
  }

  /** Whether others use the server; forgets those that were killed. */
  async others(): Promise<boolean> {
    let found = false;
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (name === this.#own) continue;
      const file = join(this.#folder, name);
      if (await isOfLiveProcess(await readFile(file, 'utf8'))) found = true;
      else await rm(file, { force: true });
    }
    return found;
  }
}

async function isOfLiveProcess(content: string): Promise<boolean> {
  const [pid, start] = content.split(' ');
  return isAlive(Number(pid)) && (await startOf(Number(pid))) === start;
}

/** When a process began, in ticks since the machine did; '' where the system does not show it. */
async function startOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status.slice(status.lastIndexOf(')')).split(' ')[20] ?? '';
}
