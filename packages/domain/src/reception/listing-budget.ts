import { TreeError } from './reception.ts';
import { Tally } from './tally.ts';

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
