import { execFile } from 'node:child_process';
import { readFile, readdir, readlink, realpath, rm, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';

const run = promisify(execFile);

/** A server as its postmaster.pid describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** 'starting' also while it recovers from a crash. */
  readonly state: 'starting' | 'ready' | 'stopping';
}

/** The server that runs on the cluster. A postmaster.pid that a dead one left is no server. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = await readLines(join(cluster, 'postmaster.pid'));
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostgres(pid))) return undefined;
  const state = lines[7]?.trim();
  return {
    pid,
    port: Number(lines[3]),
    state: state === 'ready' || state === 'stopping' ? state : 'starting',
  };
}

/**
 * After a kill -9 or a restart of the machine the number in postmaster.pid may by now belong to
 * another program, which PostgreSQL would take for a server. Call only where findPostmaster found
 * none.
 */
export async function removeStalePidFile(cluster: string): Promise<void> {
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}

/** Ends sessions and stops, with a checkpoint; where that takes too long, without one. */
export async function stopPostmaster(pid: number, patienceMs = 12_000): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    signalProcess(pid, signal);
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      if (!(await isPostgres(pid))) return;
      await delay(20);
    }
  }
  throw new Error(`the database server (process ${pid}) does not stop`);
}

/** A backend ends at its next look for signals; one that computes without looking is cut off. */
const orphanPatienceMs = { SIGTERM: 3_000, SIGQUIT: 2_000, SIGKILL: 2_000 } as const;

/**
 * Ends what is left of a server whose postmaster was killed: a backend that still computes holds the
 * shared memory, and no new server starts until it ends by itself. Nothing it does can be committed
 * any more. Call only where findPostmaster found none. Returns the process numbers.
 */
export async function endOrphans(cluster: string): Promise<readonly number[]> {
  const orphans = await processesOf(cluster);
  let left = orphans;
  for (const [signal, patienceMs] of Object.entries(orphanPatienceMs)) {
    for (const pid of left) signalProcess(pid, signal as NodeJS.Signals);
    const deadline = performance.now() + patienceMs;
    while (left.length > 0 && performance.now() < deadline) {
      await delay(20);
      left = await processesOf(cluster);
    }
  }
  return orphans;
}

/** Server processes that work in the cluster's folder, as all of its server do; none without /proc. */
async function processesOf(cluster: string): Promise<readonly number[]> {
  const folder = await realpath(cluster);
  const names = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const name of names) {
    const workingFolder = await readlink(`/proc/${name}/cwd`).catch(() => '');
    if (workingFolder === folder && (await isPostgres(Number(name)))) found.push(Number(name));
  }
  return found;
}

function isAlive(pid: number): boolean {
  return signalProcess(pid, 0);
}

function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false; // 0 and below would mean whole groups
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, but belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  try {
    // A zombie still has its name: its parent has not yet asked for its exit status.
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(status) ?? [];
    return name === 'postgres' && state !== 'Z';
  } catch {
    if (process.platform === 'linux') return false;
  }
  const { stdout } = await run('ps', ['-o', 'comm=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout.includes('postgres');
}

async function readLines(path: string): Promise<readonly string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

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
