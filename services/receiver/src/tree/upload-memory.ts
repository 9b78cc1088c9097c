import { Tally, TreeError } from '@envigate/domain';

/** Who is charged for the memory of an upload. */
export interface UploadOwner {
  readonly account: string;
  /** IPv4 address or IPv6 /64; undefined for an address without a limit of its own. */
  readonly sender: string | undefined;
}

export interface UploadShares {
  /** The part of all that one account may take. */
  readonly accountShare: number;
  /** The part of all that one sender may take. */
  readonly addressShare: number;
  /** Up to this size an upload is small. */
  readonly smallFileBytes: number;
  /** The part of all, and of each share, that only small uploads may take. */
  readonly smallFileReserve: number;
}

/** The memory that an upload may use. */
export interface UploadBudget {
  /** `size` is what the upload takes in all. Throws TreeError `no-room` where too much is on its way already. */
  take(bytes: number, size: number): void;
  giveBack(bytes: number): void;
}

const undivided: UploadShares = {
  accountShare: 1,
  addressShare: 1,
  smallFileBytes: 0,
  smallFileReserve: 0,
};

/**
 * Bounds what all uploads under way hold together, so that no account and no address can take it all:
 * each has a share, and the last part of all and of each share is for small files, as nearly all
 * station files are. Costs an account with very many large files at once a temporary refusal.
 */
export class UploadMemory implements UploadBudget {
  readonly #maxBytes: number;
  readonly #shares: UploadShares;
  readonly #byAccount = new Tally();
  readonly #bySender = new Tally();
  #used = 0;

  constructor(maxBytes: number, shares: UploadShares = undivided) {
    this.#maxBytes = maxBytes;
    this.#shares = shares;
  }

  get used(): number {
    return this.#used;
  }

  /** What uploads of the owner take. */
  of({ account, sender }: UploadOwner): UploadBudget {
    const { accountShare, addressShare } = this.#shares;
    const add = (bytes: number): void => {
      this.#byAccount.add(account, bytes);
      if (sender !== undefined) this.#bySender.add(sender, bytes);
    };
    return {
      take: (bytes, size) => {
        const byAccount = this.#byAccount.of(account) + bytes;
        this.#check(byAccount, size, accountShare, `of the account ${account}`);
        if (sender !== undefined) {
          const bySender = this.#bySender.of(sender) + bytes;
          this.#check(bySender, size, addressShare, `from ${sender}`);
        }
        this.take(bytes, size);
        add(bytes);
      },
      giveBack: (bytes) => {
        this.giveBack(bytes);
        add(-bytes);
      },
    };
  }

  take(bytes: number, size: number): void {
    this.#check(this.#used + bytes, size, 1, 'of all accounts');
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }

  #check(taken: number, size: number, share: number, whose: string): void {
    const { smallFileBytes, smallFileReserve } = this.#shares;
    const part = size <= smallFileBytes ? 1 : 1 - smallFileReserve;
    if (taken > this.#maxBytes * share * part)
      throw new TreeError('no-room', `too many uploads ${whose} at once; try again later`);
  }
}
