import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, open, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, isFull, isMissing } from './disk.ts';

interface Lock {
  /** Process id of the dead holder whose lock was taken over. */
  readonly takenOverFrom?: number;
  /** Rejects with SpoolLockLostError where another process has taken the folder. */
  readonly lost: Promise<never>;
  release(): Promise<void>;
}

export interface LockTiming {
  /** A holder touches its lock so often. */
  readonly beatMs: number;
  /** A lock that nobody touched for so long, while it was watched, is taken over. */
  readonly watchMs: number;
}

const defaultTiming: LockTiming = { beatMs: 2_000, watchMs: 10_000 };

/** A process beyond its number, which the system gives out again. */
interface Holder {
  readonly pid: number;
  /** Start of the process in clock ticks, boot of the machine and process namespace; '' where unknown. */
  readonly startedAt: string;
  readonly boot: string;
  readonly namespace: string;
  /** Distinguishes two locks of one process. */
  readonly nonce: string;
}

/**
 * Takes the folder for this process. The lock of a process of this system that has died (also by
 * kill -9) is taken over at once. Whether a process of another container or machine lives cannot be
 * asked: its lock is watched, and taken over only where nobody touches it meanwhile. The watch
 * compares what it sees with what it saw, so clocks that differ do no harm.
 */
export async function lockFolder(dir: string, timing: LockTiming = defaultTiming): Promise<Lock> {
  const path = join(dir, 'lock');
  const own: Holder = { ...identityOf(process.pid), nonce: randomBytes(8).toString('hex') };
  // Written apart and linked into place: a lock is whole from its first moment.
  const draft = `${path}.${own.nonce}`;
  const reserve = join(dir, 'reserve');
  await writeDraft(draft, reserve, own);
  let takenOverFrom: number | undefined;
  try {
    takenOverFrom = await take(draft, path, dir, timing);
  } finally {
    await unlink(draft);
  }
  await keepReserve(reserve);
  const beat = startBeat(path, own, timing.beatMs);
  return {
    ...(takenOverFrom !== undefined && { takenOverFrom }),
    lost: beat.lost,
    async release() {
      await beat.stop();
      await releaseLock(path, own);
    },
  };
}

/** Of every lock, however long its text, so that one can be written over another. */
const lockBytes = 512;

/**
 * On a full disk the bytes of a file that was written when there was room: a receiver that starts
 * there must come up, to publish what it has and to answer uploads with a temporary error.
 */
async function writeDraft(draft: string, reserve: string, own: Holder): Promise<void> {
  const text = JSON.stringify(own).padEnd(lockBytes);
  try {
    await writeFile(draft, text, { mode: 0o640 });
  } catch (error) {
    if (!isFull(error)) throw error;
    try {
      await rename(reserve, draft);
    } catch (missing) {
      await unlink(draft).catch(() => undefined);
      throw isMissing(missing) ? error : missing;
    }
    const file = await open(draft, 'r+');
    try {
      await file.write(text, 0);
    } finally {
      await file.close();
    }
  }
}

async function keepReserve(reserve: string): Promise<void> {
  try {
    await writeFile(reserve, ' '.repeat(lockBytes), { mode: 0o640, flag: 'wx' });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    // Without room there is nothing to set aside; half a reserve would be none.
    await unlink(reserve).catch(() => undefined);
  }
}

/** Touches the lock while it is held, and looks whether it still is. */
function startBeat(path: string, own: Holder, beatMs: number) {
  let fail: (error: Error) => void;
  const lost = new Promise<never>((_, reject) => (fail = reject));
  lost.catch(() => undefined); // whoever holds the lock decides whether it looks
  let beating: Promise<void> | undefined;
  const beat = async (): Promise<void> => {
    const text = await readOrNothing(path);
    if (text === undefined || parseHolder(text)?.nonce !== own.nonce) {
      fail(new SpoolLockLostError(path));
      return;
    }
    const now = new Date();
    await utimes(path, now, now);
  };
  const timer = setInterval(() => {
    // A disk that does not answer now is no proof that another holds the lock.
    beating ??= beat()
      .catch(() => undefined)
      .finally(() => (beating = undefined));
  }, beatMs);
  timer.unref();
  return {
    lost,
    async stop() {
      clearInterval(timer);
      await beating;
    },
  };
}

/**
 * Links the draft to the path, or replaces the dead lock there. Of several that find the same dead
 * lock only the one that first takes the claim on it may replace it; a claim is a lock itself.
 */
async function take(
  draft: string,
  path: string,
  dir: string,
  timing: LockTiming,
): Promise<number | undefined> {
  for (;;) {
    if (await linked(draft, path)) return undefined;
    const text = await readOrNothing(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder !== undefined && (await isHeld(holder, path, text, timing)))
      throw new SpoolLockedError(dir, holder.pid);
    const claim = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    await take(draft, claim, dir, timing);
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

async function isHeld(
  holder: Holder,
  path: string,
  text: string,
  { watchMs }: LockTiming,
): Promise<boolean> {
  const now = identityOf(holder.pid);
  if (holder.boot === now.boot && holder.namespace === now.namespace) return isAlive(holder, now);
  const touchedAt = await touched(path);
  const until = performance.now() + watchMs;
  while (performance.now() < until) {
    await delay(Math.min(200, watchMs / 5));
    // Released or taken over meanwhile: whoever holds it now is judged anew.
    if ((await readOrNothing(path)) !== text) return false;
    if ((await touched(path)) !== touchedAt) return true;
  }
  return false;
}

async function touched(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
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

/** `now` is what bears the holder's process number today. */
function isAlive(holder: Holder, now: Omit<Holder, 'nonce'>): boolean {
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

/** Another process writes to this spool. */
export class SpoolLockedError extends Error {
  readonly code = 'spool-locked';
  readonly retryable = false;

  constructor(dir: string, pid: number) {
    super(`the spool ${dir} is in use by process ${pid}; one spool has one receiver`);
    this.name = 'SpoolLockedError';
  }
}

/** Another process took the spool while this one could not touch its lock, or the lock was removed. */
export class SpoolLockLostError extends Error {
  readonly code = 'spool-lock-lost';
  readonly retryable = false;

  constructor(lock: string) {
    super(
      `${lock} is no longer the lock of this process: another receiver has taken the spool, or ` +
        'somebody removed the file; this one ends, as one spool has one receiver',
    );
    this.name = 'SpoolLockLostError';
  }
}
