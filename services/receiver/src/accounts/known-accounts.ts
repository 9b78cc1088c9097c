import type { Account } from '@envigate/contracts';
import { AccountAccess, type ClosedReason, type RegistrySource } from '@envigate/domain';
import type { Clock } from '@envigate/runtime';

/** The registry's accounts as they stand now; a change of the registry counts from the next question on. */
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
