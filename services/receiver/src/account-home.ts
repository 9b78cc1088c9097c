import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeldFiles } from './held-files.ts';
import { Mutex } from './mutex.ts';
import { StatedTimes } from './stated-times.ts';

/** What the sessions of one account share. */
export interface AccountHome {
  readonly held: HeldFiles;
  /** Changes to the account's folders and held files come one after another. */
  readonly changes: Mutex;
  readonly times: StatedTimes;
}

/** The homes of all accounts, below one folder, each read at its first login. */
export class AccountHomes {
  readonly #dir: string;
  readonly #homes = new Map<string, Promise<AccountHome>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Every account that has a folder. */
  async all(): Promise<ReadonlyMap<string, AccountHome>> {
    const homes = new Map<string, AccountHome>();
    const entries = await readdir(this.#dir, { withFileTypes: true }).catch(ifMissing);
    for (const { name } of entries.filter((entry) => entry.isDirectory() && isAccount(entry.name)))
      homes.set(name, await this.of(name));
    return homes;
  }

  /** `account` is a code of the registry, and so a name that any file system takes. */
  of(account: string): Promise<AccountHome> {
    const known = this.#homes.get(account);
    if (known !== undefined) return known;
    const home = HeldFiles.open(join(this.#dir, account)).then((held) => ({
      held,
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
