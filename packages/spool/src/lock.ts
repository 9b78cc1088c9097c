import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, isMissing } from './disk.ts';
import { SpoolLockedError } from './errors.ts';

export interface Lock {
  /** Process id of the dead holder whose lock was taken over. */
  readonly takenOverFrom?: number;
  release(): Promise<void>;
}

/** A process beyond its number, which the system gives out again. */
interface Holder {
  readonly pid: number;
  /** Start of the process in clock ticks, boot of the machine and process namespace; '' where unknown. */
  readonly startedAt: string;
  readonly boot: string;
  readonly namespace: string;
  /** Tells two locks of one process apart. */
  readonly nonce: string;
}

/**
 * Takes the folder for this process. A lock whose process has died (also by kill -9 or loss of
 * power) is taken over. The number of a process means something only in its own namespace: the
 * lock of another container cannot be checked and counts as left over, so never give one spool to
 * two containers.
 */
export async function lockFolder(dir: string): Promise<Lock> {
  const path = join(dir, 'lock');
  const own: Holder = { ...identityOf(process.pid), nonce: randomBytes(8).toString('hex') };
  // Written apart and linked into place: a lock is whole from its first moment.
  const draft = `${path}.${own.nonce}`;
  await writeFile(draft, JSON.stringify(own), { mode: 0o640 });
  try {
    const takenOverFrom = await take(draft, path, dir);
    const release = (): Promise<void> => releaseLock(path, own);
    return takenOverFrom === undefined ? { release } : { takenOverFrom, release };
  } finally {
    await unlink(draft);
  }
}

/**
 * Links the draft to the path, or replaces the dead lock there. Of several that find the same dead
 * lock only the one that first takes the claim on it may replace it; a claim is a lock itself.
 */
async function take(draft: string, path: string, dir: string): Promise<number | undefined> {
  for (;;) {
    if (await linked(draft, path)) return undefined;
    const text = await readOrNothing(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder !== undefined && isAlive(holder)) throw new SpoolLockedError(dir, holder.pid);
    const claim = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    await take(draft, claim, dir);
    try {
      if ((await readOrNothing(path)) !== text) continue;
      await link(draft, `${draft}.new`);
      await rename(`${draft}.new`, path);
      return holder?.pid ?? 0;
    } finally {
      await unlink(claim);
    }
  }
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function releaseLock(path: string, own: Holder): Promise<void> {
  const text = await readOrNothing(path);
  if (text !== undefined && parseHolder(text)?.nonce === own.nonce) await unlink(path);
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    return typeof holder?.pid === 'number' ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  const now = identityOf(holder.pid);
  if (holder.boot !== now.boot || holder.namespace !== now.namespace) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  return holder.startedAt === now.startedAt;
}

function identityOf(pid: number): Omit<Holder, 'nonce'> {
  // Behind the name, which may hold blanks and brackets, the start is the 20th field.
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    startedAt: fields[19] ?? '',
    boot: tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: tryRead(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** '' on systems without /proc: there the process number alone must do. */
function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
