import type { Account } from '@envigate/contracts';
import { TreeError } from '@envigate/domain';

/** Sessions open now, by account, over all protocols. */
export class AccountSessions {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** `most`: of an account whose registry entry names no other number. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one more; what is returned ends it. Throws TreeError `no-room` where the account has its sessions. */
  begin({ code, quotas }: Account): () => void {
    const open = this.#open.get(code) ?? 0;
    if (open >= (quotas?.sessions ?? this.#most)) {
      throw new TreeError('no-room', `the account ${code} has ${open} sessions already`);
    }
    this.#open.set(code, open + 1);
    return () => {
      const left = (this.#open.get(code) ?? 1) - 1;
      if (left === 0) this.#open.delete(code);
      else this.#open.set(code, left);
    };
  }
}
