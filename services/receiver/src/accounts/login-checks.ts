import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account } from '@envigate/contracts';
import {
  AccountAccess,
  Tally,
  TreeError,
  type ClosedReason,
  type RegistrySource,
} from '@envigate/domain';
import { Slots, verifyPassword, type Clock } from '@envigate/runtime';

// What the hall asks of a login: whether the account exists and is open to the address, has another session
// left, and whether the key or the password is its own.

/** The registry's accounts as they are now; a change of the registry counts from the next question on. */
export class KnownAccounts {
  readonly #registry: RegistrySource;
  readonly #clock: Clock;
  readonly #access = new WeakMap<Account, AccountAccess>();

  constructor(registry: RegistrySource, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  find(code: string): Account | undefined {
    return this.#registry.current().accounts.get(code);
  }

  get none(): boolean {
    return this.#registry.current().accounts.size === 0;
  }

  /** Undefined where the account is open to the address now. */
  closedTo(account: Account, address: string): ClosedReason | undefined {
    let access = this.#access.get(account);
    if (access === undefined) this.#access.set(account, (access = new AccountAccess(account)));
    return access.closedTo(address, this.#clock().getTime());
  }

  isOpen(code: string, address: string): boolean {
    const account = this.find(code);
    return account !== undefined && this.closedTo(account, address) === undefined;
  }
}

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

/** Keys are compared by their bytes, which name their own kind. */
export function hasKey(account: Account | undefined, publicKey: Uint8Array): boolean {
  return (account?.publicKeys ?? []).some((line) => keyOf(line)?.equals(publicKey) === true);
}

/** The key of a line in OpenSSH's form: `[options] kind base64 [comment]`. */
function keyOf(line: string): Buffer | undefined {
  const words = line.trim().split(/\s+/);
  const kind = words.findIndex((word) => /^(ssh|ecdsa|sk)-[a-z0-9@.-]+$/i.test(word));
  const key = kind === -1 ? undefined : words[kind + 1];
  return key === undefined ? undefined : Buffer.from(key, 'base64');
}

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
