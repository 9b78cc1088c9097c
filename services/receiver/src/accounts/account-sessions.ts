import type { Account } from '@envigate/contracts';
import { Tally, TreeError } from '@envigate/domain';

/** Sessions open now, by account, over all protocols. */
export class AccountSessions {
  readonly #most: number;
  readonly #open = new Tally();

  /** `most`: of an account whose registry entry names no other number. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one more; what is returned ends it. Throws TreeError `no-room` if the account has no session left. */
  begin({ code, quotas }: Account): () => void {
    const open = this.#open.of(code);
    if (open >= (quotas?.sessions ?? this.#most)) {
      throw new TreeError('no-room', `the account ${code} has ${open} sessions already`);
    }
    this.#open.add(code, 1);
    return () => this.#open.add(code, -1);
  }
}
