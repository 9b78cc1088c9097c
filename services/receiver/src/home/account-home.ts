import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from '@envigate/domain';
import { BoundedMap, Mutex, messageOf } from '@envigate/runtime';
import { ParkedFiles } from './parked-files.ts';

/** What the sessions of one account share. */
export interface AccountHome {
  readonly parked: ParkedFiles;
  /** Changes to the account's folders and parked files come one after another. */
  readonly changes: Mutex;
  readonly times: StatedTimes;
}

/** The homes of all accounts, below one folder, each read at its first login. */
export class AccountHomes {
  readonly #dir: string;
  readonly #onUnreadable: (folder: string, error: string) => void;
  readonly #homes = new Map<string, Promise<AccountHome>>();
  /** Accounts whose folder failed the last time; at most one entry for each folder. */
  readonly #unreadable = new Set<string>();

  /** `onUnreadable` is called once for an account's folder that `all` cannot read, until it can. */
  constructor(dir: string, onUnreadable: (folder: string, error: string) => void) {
    this.#dir = dir;
    this.#onUnreadable = onUnreadable;
  }

  /** Every account that has a folder; without those whose folder cannot be read now. */
  async all(): Promise<ReadonlyMap<string, AccountHome>> {
    const homes = new Map<string, AccountHome>();
    const entries = await readdir(this.#dir, { withFileTypes: true }).catch(ifMissing);
    for (const { name } of entries.filter(
      (entry) => entry.isDirectory() && isAccount(entry.name),
    )) {
      try {
        homes.set(name, await this.of(name));
        this.#unreadable.delete(name);
      } catch (error) {
        if (!this.#unreadable.has(name))
          this.#onUnreadable(join(this.#dir, name), messageOf(error));
        this.#unreadable.add(name);
      }
    }
    return homes;
  }

  /** `account` is a code of the registry, and so a name that any file system takes. */
  of(account: string): Promise<AccountHome> {
    const known = this.#homes.get(account);
    if (known !== undefined) return known;
    const home = ParkedFiles.open(join(this.#dir, account)).then((parked) => ({
      parked,
      changes: new Mutex(),
      times: new StatedTimes(),
    }));
    this.#homes.set(account, home);
    // A disk that failed is asked again at the next login.
    home.catch(() => this.#homes.delete(account));
    return home;
  }
}

/** Codes begin with a letter or a digit; other folders beside theirs are our own. */
function isAccount(name: string): boolean {
  return !name.startsWith('.');
}

function ifMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

interface StatedTime {
  readonly time: Date;
  /** The file's own time then: another one is another file. */
  readonly of: number;
}

/**
 * What clients say of their files' times (MFMT), for the listings in which they look for it. A view,
 * like the files that it is of: bounded, and forgotten at a restart. The reception's time is another.
 */
class StatedTimes {
  readonly #times = new BoundedMap<StatedTime>(4096);

  set(path: string, { modifiedAt }: TreeEntry, time: Date): void {
    this.#times.set(path, { time, of: modifiedAt.getTime() });
  }

  /** The entry with the time that its client gave it, where it did. */
  of(path: string, entry: TreeEntry): TreeEntry {
    const stated = this.#times.get(path);
    if (stated?.of !== entry.modifiedAt.getTime()) return entry;
    return { ...entry, modifiedAt: stated.time };
  }
}
