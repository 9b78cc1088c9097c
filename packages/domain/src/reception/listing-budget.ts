import { TreeError } from '../ports/reception.ts';

export interface ListingLimits {
  /** Of all accounts together. */
  readonly all: number;
  readonly perAccount: number;
}

/**
 * Bounds the memory of listings that their clients have not read yet, in whatever unit its server counts.
 * The first listing of an account always has room, or a very long one could never be read; so the limit
 * of all may be exceeded by one listing of each account.
 */
export class ListingBudget {
  readonly #limits: ListingLimits;
  readonly #byAccount = new Map<string, number>();
  #used = 0;

  constructor(limits: ListingLimits) {
    this.#limits = limits;
  }

  get used(): number {
    return this.#used;
  }

  /** What is returned gives it back, once. Throws TreeError `no-room` where the account holds too much. */
  take(account: string, amount: number): () => void {
    const taken = this.#byAccount.get(account) ?? 0;
    const { all, perAccount } = this.#limits;
    if (taken > 0 && (taken + amount > perAccount || this.#used + amount > all)) {
      throw new TreeError('no-room', 'too many listings at once; read or close the others first');
    }
    this.#add(account, amount);
    let isTaken = true;
    return () => {
      if (isTaken) this.#add(account, -amount);
      isTaken = false;
    };
  }

  #add(account: string, amount: number): void {
    this.#used += amount;
    const taken = (this.#byAccount.get(account) ?? 0) + amount;
    if (taken === 0) this.#byAccount.delete(account);
    else this.#byAccount.set(account, taken);
  }
}
