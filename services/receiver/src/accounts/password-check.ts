import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account } from '@envigate/contracts';
import { TreeError } from '@envigate/domain';
import { Slots, verifyPassword } from '@envigate/runtime';

/** Verifying takes one of the few threads that the disk needs too. */
const maxAtOnce = 2;
const maxWaiting = 500;

interface Verified {
  readonly passwordHash: string;
  readonly mac: Buffer;
}

/**
 * Verifies passwords by scrypt, and each good one only once: a logger that logs in for every file
 * would cost 50 ms of a core each time. What is remembered is a keyed hash of the password, with a
 * key of this process, and it counts only as long as the registry holds the very same hash.
 */
export class PasswordCheck {
  readonly #key = randomBytes(32);
  readonly #verified = new Map<string, Verified>();
  /** Verified against where there is nothing to verify, so that the answer takes as long. */
  readonly #nobodysHash = hashOfNoPassword();
  readonly #verify: typeof verifyPassword;
  readonly #slots = new Slots(maxAtOnce);

  /** `verify` is the work that an answer takes; tests count it. */
  constructor(verify: typeof verifyPassword = verifyPassword) {
    this.#verify = verify;
  }

  /** False for no account and for an account without password. Rejects with TreeError when overrun. */
  async isRight(account: Account | undefined, password: string): Promise<boolean> {
    const passwordHash = account?.passwordHash;
    if (account === undefined || passwordHash === undefined) {
      await this.#inTurn(() => this.#verify(password, this.#nobodysHash));
      return false;
    }
    const mac = this.#macOf(account.code, password);
    const known = this.#verified.get(account.code);
    if (known?.passwordHash === passwordHash && timingSafeEqual(known.mac, mac)) return true;
    const isRight = await this.#inTurn(() => this.#verify(password, passwordHash));
    if (isRight) this.#verified.set(account.code, { passwordHash, mac });
    return isRight;
  }

  #macOf(account: string, password: string): Buffer {
    return createHmac('sha256', this.#key).update(account).update('\0').update(password).digest();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#slots.waiting >= maxWaiting)
      throw new TreeError('unavailable', 'too many logins at once');
    return this.#slots.run(work);
  }
}

/** At the cost of the hashes that `envigate registry hash-password` makes; no password has it. */
function hashOfNoPassword(): string {
  const [salt, hash] = [randomBytes(16), randomBytes(64)];
  return `scrypt$16384$8$1$${salt.toString('base64')}$${hash.toString('base64')}`;
}
