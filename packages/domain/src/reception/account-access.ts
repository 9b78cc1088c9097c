import type { Account } from '@envigate/contracts';
import { isInBlock, parseAddress, parseAddressBlock, type AddressBlock } from './address-block.ts';

/** Why an account may not be used now, whatever the password. */
export type ClosedReason = 'disabled' | 'expired' | 'address-not-allowed';

/** Who may use an account, and when; made once for each account of a registry's snapshot. */
export class AccountAccess {
  readonly #disabled: boolean;
  readonly #expiresAtMs: number;
  readonly #blocks: readonly AddressBlock[] | undefined;

  constructor({ disabled, expiresAt, allowedAddresses }: Account) {
    this.#disabled = disabled === true;
    this.#expiresAtMs = expiresAt === undefined ? Infinity : Date.parse(expiresAt);
    // A block that cannot be read lets nobody in: the others still stand.
    this.#blocks = allowedAddresses?.flatMap((text) => parseAddressBlock(text) ?? []);
  }

  /** Undefined where the account is open to this address at this instant. */
  closedTo(address: string, atMs: number): ClosedReason | undefined {
    if (this.#disabled) return 'disabled';
    // Also where the instant cannot be read: an account that should end must not stay open.
    if (!(atMs < this.#expiresAtMs)) return 'expired';
    return this.#blocks === undefined || isInAny(address, this.#blocks)
      ? undefined
      : 'address-not-allowed';
  }
}

function isInAny(text: string, blocks: readonly AddressBlock[]): boolean {
  const address = parseAddress(text);
  return address !== undefined && blocks.some((block) => isInBlock(address, block));
}
