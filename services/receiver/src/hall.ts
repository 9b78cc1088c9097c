import type { Account } from '@envigate/contracts';
import {
  TreeError,
  type AccountTree,
  type Admission,
  type LoginAttempt,
  type ReceptionHall,
  type RegistrySource,
} from '@envigate/domain';
import type { Spool } from '@envigate/spool';
import { AccountHomes } from './account-home.ts';
import { SpoolingTree } from './account-tree.ts';
import { PasswordCheck } from './password-check.ts';
import type { ReceivedIndex } from './received-index.ts';
import type { ReceiverEmit, RefusalReason } from './telemetry.ts';
import { UploadMemory } from './upload-memory.ts';

export interface HallParts {
  readonly registry: RegistrySource;
  readonly spool: Spool;
  readonly received: ReceivedIndex;
  /** Folder of the accounts' folders and held files. */
  readonly homesDir: string;
  readonly maxFileBytes: number;
  /** What all uploads under way may hold in memory; default 64 MiB. */
  readonly maxUploadMemoryBytes?: number;
  readonly emit: ReceiverEmit;
}

const defaultUploadMemoryBytes = 64 * 1024 * 1024;

/** The hall behind both doors: who may come in by the registry, and what becomes of their files. */
export class SpoolingHall implements ReceptionHall {
  readonly #parts: HallParts;
  readonly #homes: AccountHomes;
  readonly #passwords = new PasswordCheck();
  readonly #memory: UploadMemory;
  #isRegistryKnown: boolean;

  constructor(parts: HallParts) {
    this.#parts = parts;
    this.#homes = new AccountHomes(parts.homesDir);
    this.#memory = new UploadMemory(parts.maxUploadMemoryBytes ?? defaultUploadMemoryBytes);
    this.#isRegistryKnown = parts.registry.ready === undefined;
    parts.registry.ready?.().then(
      () => (this.#isRegistryKnown = true),
      () => undefined,
    );
  }

  async login(attempt: LoginAttempt): Promise<AccountTree | undefined> {
    this.#needRegistry();
    const account = this.#account(attempt.user);
    const refusal = await this.#refusalOf(account, attempt);
    if (account === undefined || refusal !== undefined) {
      const { user, protocol, peer } = attempt;
      const reason = refusal ?? 'unknown-account';
      this.#parts.emit('login-refused', { user, protocol, peer: peer.address, reason });
      return undefined;
    }
    return this.#treeOf(account.code, attempt);
  }

  acceptsKey(user: string, _algorithm: string, publicKey: Uint8Array): Promise<boolean> {
    const account = this.#account(user);
    return Promise.resolve(account?.disabled !== true && hasKey(account, publicKey));
  }

  /** Before the first snapshot nobody is known: "later" is true, "wrong password" would not be. */
  #needRegistry(): void {
    const { accounts } = this.#parts.registry.current();
    if (!this.#isRegistryKnown && accounts.size === 0) {
      throw new TreeError('unavailable', 'the registry has not been loaded yet');
    }
  }

  #account(code: string): Account | undefined {
    return this.#parts.registry.current().accounts.get(code);
  }

  async #refusalOf(
    account: Account | undefined,
    { credential }: LoginAttempt,
  ): Promise<RefusalReason | undefined> {
    const isRight =
      credential.kind === 'password'
        ? await this.#passwords.isRight(account, credential.password)
        : hasKey(account, credential.publicKey);
    if (account === undefined) return 'unknown-account';
    if (account.disabled === true) return 'disabled';
    if (isRight) return undefined;
    if (credential.kind === 'public-key') return 'unknown-key';
    return account.passwordHash === undefined ? 'no-password' : 'wrong-password';
  }

  async #treeOf(account: string, { protocol, peer }: LoginAttempt): Promise<AccountTree> {
    const { spool, received, maxFileBytes, emit } = this.#parts;
    return new SpoolingTree({
      account,
      protocol,
      peer,
      home: await this.#homes.of(account),
      spool,
      received,
      memory: this.#memory,
      maxFileBytes,
      isAdmitted: () => {
        const now = this.#account(account);
        return now !== undefined && now.disabled !== true;
      },
      emit,
    });
  }

  admit(): Admission | undefined {
    return { leave: () => undefined };
  }
}

/** Keys are compared by their bytes, which name their own kind. */
function hasKey(account: Account | undefined, publicKey: Uint8Array): boolean {
  return (account?.publicKeys ?? []).some((line) => keyOf(line)?.equals(publicKey) === true);
}

/** The key of a line in OpenSSH's form: `[options] kind base64 [comment]`. */
function keyOf(line: string): Buffer | undefined {
  const words = line.trim().split(/\s+/);
  const kind = words.findIndex((word) => /^(ssh|ecdsa|sk)-[a-z0-9@.-]+$/i.test(word));
  const key = kind === -1 ? undefined : words[kind + 1];
  return key === undefined ? undefined : Buffer.from(key, 'base64');
}
