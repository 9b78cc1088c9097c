// What an account may send in a day, and what its listings may hold at once.
import type { Account } from '@envigate/contracts';
import { formatLocalTime } from '../times/local-time.ts';
import { TreeError } from './reception.ts';

/** Files received for one account on one day, and their bytes. */
export interface Usage {
  readonly files: number;
  readonly bytes: number;
}

export const noUsage: Usage = { files: 0, bytes: 0 };

export type DailyQuota = 'filesPerDay' | 'bytesPerDay';

const utcOffsetMinutes = 420;
const dayMs = 86_400_000;
/** Asked several times a file, and nearly always for the same day. */
let latest = { daysSince1970: NaN, name: '' };

/** The day that quotas count, as `yyyyMMdd` on Vietnamese clocks (+07:00). */
export function quotaDay(atMs: number): string {
  const daysSince1970 = Math.floor((atMs + utcOffsetMinutes * 60_000) / dayMs);
  if (daysSince1970 !== latest.daysSince1970) {
    latest = { daysSince1970, name: formatLocalTime(atMs, utcOffsetMinutes).slice(0, 8) };
  }
  return latest.name;
}

export function withFile({ files, bytes }: Usage, size: number): Usage {
  return { files: files + 1, bytes: bytes + size };
}

/** The quota that one more file of `size` bytes would exceed; undefined where there is none. */
export function exceededQuota(
  usage: Usage,
  size: number,
  { filesPerDay = Infinity, bytesPerDay = Infinity }: NonNullable<Account['quotas']> = {},
): DailyQuota | undefined {
  const { files, bytes } = withFile(usage, size);
  if (files > filesPerDay) return 'filesPerDay';
  return bytes > bytesPerDay ? 'bytesPerDay' : undefined;
}

export interface ListingLimits {
  /** Of all accounts together. */
  readonly all: number;
  readonly perAccount: number;
}

/**
 * Bounds what listings hold in memory that their clients have not read yet, in whatever unit its door
 * counts. The first listing of an account always has room, or a very long one could never be read; so
 * the limit of all may be exceeded by one listing of each account.
 */
export class ListingBudget {
  readonly #limits: ListingLimits;
  readonly #byAccount = new Tally();
  #used = 0;

  constructor(limits: ListingLimits) {
    this.#limits = limits;
  }

  get used(): number {
    return this.#used;
  }

  /** What is returned gives it back, once. Throws TreeError `no-room` where the account holds too much. */
  take(account: string, amount: number): () => void {
    const held = this.#byAccount.of(account);
    const { all, perAccount } = this.#limits;
    if (held > 0 && (held + amount > perAccount || this.#used + amount > all)) {
      throw new TreeError('no-room', 'too many listings at once; read or close the others first');
    }
    this.#add(account, amount);
    let isHeld = true;
    return () => {
      if (isHeld) this.#add(account, -amount);
      isHeld = false;
    };
  }

  #add(account: string, amount: number): void {
    this.#used += amount;
    this.#byAccount.add(account, amount);
  }
}

/** An amount for each key. A key whose amount is 0 takes no memory, so that old keys do not pile up. */
export class Tally {
  readonly #amounts = new Map<string, number>();

  of(key: string): number {
    return this.#amounts.get(key) ?? 0;
  }

  /** A negative amount subtracts. */
  add(key: string, amount: number): void {
    const sum = this.of(key) + amount;
    if (sum === 0) this.#amounts.delete(key);
    else this.#amounts.set(key, sum);
  }
}
