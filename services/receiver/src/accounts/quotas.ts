import { readFile } from 'node:fs/promises';
import type { Account, Reception } from '@envigate/contracts';
import {
  TreeError,
  exceededQuota,
  noUsage,
  quotaDay,
  withFile,
  type DailyQuota,
  type Usage,
} from '@envigate/domain';
import { event, messageOf, type Clock, type Emit } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import { writeDurably } from '../home/durable-file.ts';

export interface QuotasParts {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly emit: AccountsEmit;
  /** What was used is written here, at most every `keepEveryMs` (default 10 s) and at the end. */
  readonly path: string;
  readonly keepEveryMs?: number;
}

/** Room for one file, taken before it is written; ends by exactly one of the two. */
export interface Reservation {
  /** The file is acknowledged. `reception` if it is in the spool; absent for a held or a parked file. */
  readonly used: (reception?: Reception) => void;
  readonly giveBack: () => void;
}

const pushed: readonly Reception['protocol'][] = ['ftp', 'ftps', 'sftp'];
const readLimits = { maxRecords: 1000, maxBytes: 4 * 1024 * 1024 };
const defaultKeepEveryMs = 10_000;

/**
 * What each account has sent today. An upload counts once, when it is acknowledged, whatever its name:
 * not again when a temporary name becomes final or a held file is released, and a deletion gives
 * nothing back. The count can be made again from the spool: the file on disk says how far it got, the
 * spool has the rest, as it keeps its newest segment even when all of it is published. What a crash
 * takes out of the last ten seconds (uploads under temporary names, or more than a segment), or what
 * it counts twice (those of them that were renamed), is little: a quota is a fence, not a bill.
 */
export class Quotas {
  readonly #parts: QuotasParts;
  #day = '';
  #used = new Map<string, Usage>();
  /** Being written to the spool. */
  readonly #reserved = new Map<string, Usage>();
  #reported = new Set<string>();
  #upTo = 0;
  #keptAtMs = performance.now();
  #keeping: Promise<void> | undefined;

  private constructor(parts: QuotasParts) {
    this.#parts = parts;
    this.#upTo = parts.spool.head;
  }

  static async open(parts: QuotasParts): Promise<Quotas> {
    const quotas = new Quotas(parts);
    await quotas.#recall();
    return quotas;
  }

  usage(account: string): Usage {
    this.#turnDay();
    return this.#used.get(account) ?? noUsage;
  }

  /**
   * Throws TreeError `quota-used-up` if a file of `bytes` does not fit into the account's day. `besides` is
   * added to what the account has used.
   */
  needRoom(account: Account, bytes: number, besides: Usage = noUsage): void {
    const used = this.usage(account.code);
    const reserved = this.#reserved.get(account.code) ?? noUsage;
    const taken = {
      files: used.files + reserved.files + besides.files,
      bytes: used.bytes + reserved.bytes + besides.bytes,
    };
    const quota = exceededQuota(taken, bytes, account.quotas);
    if (quota === undefined) return;
    this.#report(account.code, quota, used);
    throw new TreeError(
      'quota-used-up',
      `the account ${account.code} has used up its ${quota} (${account.quotas?.[quota]})`,
    );
  }

  /** Throws as needRoom. */
  reserve(account: Account, bytes: number): Reservation {
    const { code } = account;
    this.needRoom(account, bytes);
    this.#reserved.set(code, withFile(this.#reserved.get(code) ?? noUsage, bytes));
    const giveBack = (): void => {
      const { files, bytes: all } = this.#reserved.get(code) ?? noUsage;
      if (files <= 1) this.#reserved.delete(code);
      else this.#reserved.set(code, { files: files - 1, bytes: all - bytes });
    };
    return {
      used: (reception) => {
        giveBack();
        this.#turnDay();
        this.#add(code, bytes);
        if (reception !== undefined) this.passed(reception);
        this.#keepSoon();
      },
      giveBack,
    };
  }

  /** The reception is counted, or need not be. */
  passed({ spoolSequence }: Reception): void {
    this.#upTo = Math.max(this.#upTo, spoolSequence);
  }

  /** Writes down what is not yet. */
  async close(): Promise<void> {
    await this.#keeping;
    await this.#keep();
  }

  async #recall(): Promise<void> {
    const { spool, path, emit } = this.#parts;
    this.#turnDay();
    let from = spool.oldest - 1;
    try {
      const kept = await readUsage(path);
      if (kept?.spoolId === spool.id && kept.day === this.#day && kept.upTo <= spool.head) {
        this.#used = new Map(kept.accounts);
        from = Math.max(from, kept.upTo);
      }
    } catch (error) {
      emit('quota-usage-unreadable', { path, error: messageOf(error) });
    }
    for (;;) {
      const files = await spool.read(from, readLimits);
      if (files.length === 0) return;
      for (const { reception } of files) {
        this.#recount(reception);
        from = reception.spoolSequence;
      }
    }
  }

  #recount(reception: Reception): void {
    const { account, protocol, receivedAt, released, size } = reception;
    this.#turnDay();
    this.passed(reception);
    // What was held counted when it came.
    if (!pushed.includes(protocol) || released !== undefined) return;
    if (quotaDay(Date.parse(receivedAt)) === this.#day) this.#add(account, size);
  }

  #add(account: string, bytes: number): void {
    this.#used.set(account, withFile(this.#used.get(account) ?? noUsage, bytes));
  }

  #turnDay(): void {
    const today = quotaDay(this.#parts.clock().getTime());
    if (today === this.#day) return;
    this.#day = today;
    this.#used = new Map();
    this.#reported = new Set();
  }

  /** Once a day for each quota of an account. */
  #report(user: string, quota: DailyQuota, { files, bytes }: Usage): void {
    const key = `${quota} ${user}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#parts.emit('quota-reached', { user, quota, files, bytes });
  }

  #keepSoon(): void {
    const { keepEveryMs = defaultKeepEveryMs } = this.#parts;
    if (this.#keeping !== undefined || performance.now() - this.#keptAtMs < keepEveryMs) return;
    this.#keptAtMs = performance.now();
    this.#keeping = this.#keep().finally(() => (this.#keeping = undefined));
  }

  async #keep(): Promise<void> {
    const { spool, path, emit } = this.#parts;
    // The spool notifies of the files of one group one by one; those of this moment are written together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const accounts = [...this.#used];
    try {
      await writeUsage(path, { spoolId: spool.id, upTo: this.#upTo, day: this.#day, accounts });
    } catch (error) {
      emit('quota-usage-not-kept', { path, error: messageOf(error) });
    }
  }
}

export interface UploadQuotaParts {
  readonly quotas: Quotas;
  readonly account: string;
  readonly find: (code: string) => Account | undefined;
  /** Of the gateway. */
  readonly maxFileBytes: number;
}

/** What one session is asked before a file is taken. The registry may change while it lasts. */
export class UploadQuota {
  readonly #parts: UploadQuotaParts;
  #received = noUsage;

  constructor(parts: UploadQuotaParts) {
    this.#parts = parts;
  }

  /** Received through this session. */
  get received(): Usage {
    return this.#received;
  }

  /** Largest file now, bytes. */
  get maxFileBytes(): number {
    const { find, account, maxFileBytes } = this.#parts;
    return Math.min(maxFileBytes, find(account)?.quotas?.fileBytes ?? Infinity);
  }

  /** Throws TreeError `quota-used-up` where a file of so many bytes is too much for today. */
  needRoom(bytes: number, besides?: Usage): void {
    this.#parts.quotas.needRoom(this.#account(), bytes, besides);
  }

  /** As needRoom; also reserves the room until the file is acknowledged or rejected. */
  reserve(bytes: number): Reservation {
    const reservation = this.#parts.quotas.reserve(this.#account(), bytes);
    return {
      giveBack: reservation.giveBack,
      used: (reception) => {
        this.#received = withFile(this.#received, bytes);
        reservation.used(reception);
      },
    };
  }

  /** A reception whose bytes were counted when they came. */
  passed(reception: Reception): void {
    this.#parts.quotas.passed(reception);
  }

  #account(): Account {
    const { find, account } = this.#parts;
    const found = find(account);
    if (found !== undefined) return found;
    throw new TreeError('not-permitted', `the account ${account} is closed`);
  }
}

/** What was received of a spool up to a sequence, on one day. */
interface DayOfUsage {
  readonly spoolId: string;
  readonly upTo: number;
  /** `yyyyMMdd` at +07:00. */
  readonly day: string;
  readonly accounts: readonly (readonly [account: string, usage: Usage])[];
}

const usageVersion = 1;

/** Undefined where there is none. Rejects where it is damaged. */
export async function readUsage(path: string): Promise<DayOfUsage | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const content: unknown = JSON.parse(text);
  if (!isDayOfUsage(content)) throw new Error(`${path} has another form than expected`);
  return content;
}

/** Resolves when it would survive the loss of power. */
export async function writeUsage(path: string, usage: DayOfUsage): Promise<void> {
  const content = Buffer.from(JSON.stringify({ version: usageVersion, ...usage }));
  await writeDurably(path, `${path}.unfinished`, [content]);
}

function isDayOfUsage(content: unknown): content is DayOfUsage {
  const { version: found, spoolId, upTo, day, accounts } = content as Record<string, unknown>;
  return (
    found === usageVersion &&
    typeof spoolId === 'string' &&
    Number.isSafeInteger(upTo) &&
    typeof day === 'string' &&
    Array.isArray(accounts) &&
    accounts.every(isEntry)
  );
}

function isEntry(entry: unknown): boolean {
  if (!Array.isArray(entry)) return false;
  const [account, usage] = entry as [unknown, Partial<Usage> | null | undefined];
  return (
    typeof account === 'string' &&
    Number.isSafeInteger(usage?.files) &&
    Number.isSafeInteger(usage?.bytes)
  );
}

export const events = {
  'quota-reached': event<{ user: string; quota: DailyQuota; files: number; bytes: number }>({
    level: 'warn',
    audit: true,
    message: 'the account has used up its day; its uploads are put off until midnight (+07:00)',
    counters: [
      {
        name: 'envigate_quotas_reached_total',
        help: 'Daily quotas used up, once a day each.',
        labels: ['quota'],
      },
    ],
  }),
  'quota-usage-unreadable': event<{ path: string; error: string }>({
    level: 'warn',
    message: 'what accounts have used today could not be read; counting what the spool still has',
  }),
  'quota-usage-not-kept': event<{ path: string; error: string }>({
    level: 'warn',
    message: 'what accounts have used today could not be written down; trying again',
  }),
} as const;

type AccountsEmit = Emit<typeof events>;
