import type { Account } from '@envigate/contracts';
import {
  TreeError,
  userForLog,
  type AccountTree,
  type Admission,
  type LoginAttempt,
  type Peer,
  type ReceptionHall,
  type ReceptionProtocol,
  type RegistrySource,
} from '@envigate/domain';
import { AccountSessions, KnownAccounts, PasswordCheck, hasKey } from '../accounts/login-checks.ts';
import { UploadQuota } from '../accounts/quotas.ts';
import type { Guard, Verdict } from '../guard/guard.ts';
import { SpoolingTree } from './account-tree.ts';
import { UploadMemory, type UploadShares } from './upload-bounds.ts';
import type { ReceptionContext } from './upload-commit.ts';

export interface HallParts {
  readonly context: ReceptionContext;
  readonly registry: RegistrySource;
  readonly guard: Guard;
  /** Sessions of an account whose registry entry names no other number. */
  readonly sessionsPerAccount: number;
  /** What all uploads in progress may hold in memory. */
  readonly maxUploadMemoryBytes: number;
  /** Default: one account or address may use all of it, and small files have no reserve. */
  readonly uploadShares?: UploadShares | undefined;
  readonly passwords?: PasswordCheck | undefined;
}

/** The hall behind both doors: who may come in by the registry, and what becomes of their files. */
export class SpoolingHall implements ReceptionHall {
  readonly #parts: HallParts;
  readonly #accounts: KnownAccounts;
  readonly #sessions: AccountSessions;
  readonly #passwords: PasswordCheck;
  readonly #memory: UploadMemory;
  #isRegistryKnown: boolean;

  constructor(parts: HallParts) {
    this.#parts = parts;
    this.#accounts = new KnownAccounts(parts.registry, parts.context.clock);
    this.#sessions = new AccountSessions(parts.sessionsPerAccount);
    this.#passwords = parts.passwords ?? new PasswordCheck();
    this.#memory = new UploadMemory(parts.maxUploadMemoryBytes, parts.uploadShares);
    this.#isRegistryKnown = parts.registry.ready === undefined;
    parts.registry.ready?.().then(
      () => (this.#isRegistryKnown = true),
      () => undefined,
    );
  }

  /** Held by uploads under way. */
  get uploadMemoryBytes(): number {
    return this.#memory.used;
  }

  admit(peer: Peer, protocol: ReceptionProtocol): Admission | undefined {
    return this.#parts.guard.admit(peer, protocol);
  }

  async login(attempt: LoginAttempt): Promise<AccountTree | undefined> {
    const { guard, context } = this.#parts;
    const { emit } = context;
    const { protocol, peer, credential } = attempt;
    const who = { user: userForLog(attempt.user), protocol, peer: peer.address };
    try {
      const verdict = await guard.attempt(attempt, () => this.#decide(attempt));
      if (verdict.kind === 'refused') {
        emit('login-refused', { ...who, reason: verdict.reason });
        return undefined;
      }
      const tree = await this.#enter(attempt);
      emit('login-accepted', { ...who, method: credential.kind });
      return tree;
    } catch (error) {
      const isQuota = error instanceof TreeError && error.code === 'no-room';
      emit('login-put-off', { ...who, reason: isQuota ? 'too-many-sessions' : 'unavailable' });
      throw error;
    }
  }

  acceptsKey(
    user: string,
    _algorithm: string,
    publicKey: Uint8Array,
    peer: Peer,
  ): Promise<boolean> {
    const account = this.#accounts.find(user);
    const isWelcome =
      !this.#parts.guard.isBanned(peer) &&
      account !== undefined &&
      this.#accounts.closedTo(account, peer.address) === undefined &&
      hasKey(account, publicKey);
    return Promise.resolve(isWelcome);
  }

  /**
   * Whatever is wrong, the work is the same: one password verified, at the usual cost. An account
   * that is closed to the sender is verified against nothing, or the quick answer would reveal a
   * password remembered as good.
   */
  async #decide({ user, credential, peer }: LoginAttempt): Promise<Verdict> {
    this.#needRegistry();
    const account = this.#accounts.find(user);
    const closed = account && this.#accounts.closedTo(account, peer.address);
    const usable = closed === undefined ? account : undefined;
    const isRight =
      credential.kind === 'password'
        ? await this.#passwords.isRight(usable, credential.password)
        : hasKey(usable, credential.publicKey);
    if (isRight) return { kind: 'accepted' };
    if (account === undefined) return { kind: 'refused', reason: 'unknown-account' };
    if (closed !== undefined) return { kind: 'refused', reason: closed };
    if (credential.kind === 'public-key') return { kind: 'refused', reason: 'unknown-key' };
    const hasPassword = account.passwordHash !== undefined;
    return { kind: 'refused', reason: hasPassword ? 'wrong-password' : 'no-password' };
  }

  /** Before the first snapshot nobody is known: "later" is true, "wrong password" would not be. */
  #needRegistry(): void {
    if (!this.#isRegistryKnown && this.#accounts.none) {
      throw new TreeError('unavailable', 'the registry has not been loaded yet');
    }
  }

  /** Rejects with TreeError if the account has no session left, or its folder cannot be read. */
  async #enter({ user, protocol, peer }: LoginAttempt): Promise<AccountTree> {
    const account = this.#accounts.find(user);
    // Taken out of the registry while its password was verified.
    if (account === undefined) throw new TreeError('unavailable', `no account ${user} any more`);
    const endSession = this.#sessions.begin(account);
    try {
      return await this.#treeOf(account, { protocol, peer, endSession });
    } catch (error) {
      endSession();
      throw error;
    }
  }

  async #treeOf(
    { code }: Account,
    session: { protocol: ReceptionProtocol; peer: Peer; endSession: () => void },
  ): Promise<AccountTree> {
    const { context, guard } = this.#parts;
    const { quotas, maxFileBytes, homes, emit } = context;
    const { protocol, peer, endSession } = session;
    const begunAt = performance.now();
    const find = (name: string): Account | undefined => this.#accounts.find(name);
    const quota = new UploadQuota({ quotas, account: code, find, maxFileBytes });
    return new SpoolingTree(context, {
      account: code,
      protocol,
      peer,
      home: await homes.of(code),
      memory: this.#memory.of({ account: code, sender: guard.senderOf(peer) }),
      quota,
      isAdmitted: () => this.#accounts.isOpen(code, peer.address),
      onLeave: () => {
        endSession();
        const seconds = (performance.now() - begunAt) / 1000;
        const who = { user: code, protocol, peer: peer.address };
        emit('session-ended', { ...who, seconds, ...quota.received });
      },
    });
  }
}
