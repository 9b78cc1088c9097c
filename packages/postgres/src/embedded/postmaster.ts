import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server as its postmaster.pid tells of it. */
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
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (!(await isPostgres(pid))) return;
      await delay(20);
    }
  }
  throw new Error(`the database server (process ${pid}) does not stop`);
}

export function isAlive(pid: number): boolean {
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
