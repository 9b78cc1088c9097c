import type { Account } from '@envigate/contracts';

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

/**
 * IP addresses and CIDR blocks. An address is a block of one. IPv4 mapped into IPv6
 * (`::ffff:a.b.c.d`) is IPv4: on a dual-stack socket both forms name the same sender. An IPv6
 * block wider than the mapped range holds no IPv4 address: who writes `::/0` means IPv6.
 */
export interface AddressBlock {
  readonly family: 4 | 6;
  /** The address as a number; bits behind the first `bits` say nothing. */
  readonly value: bigint;
  /** How many leading bits count. */
  readonly bits: number;
}

const widthOf = { 4: 32, 6: 128 } as const;
const mappedPrefix = 0xffffn;
const mappedBits = 96;
/** What one customer of an IPv6 network gets: who has one address of it has all. */
const customerBits = 64;

/** `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`; undefined for anything else. */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  const [address, length, ...rest] = text.split('/');
  const parsed = parseAddress(address ?? '');
  if (parsed === undefined || rest.length > 0) return undefined;
  if (length === undefined) return parsed;
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  // The length of a mapped block counts the 96 bits of the mapping.
  const isMapped = parsed.family === 4 && (address ?? '').includes(':');
  const bits = Number(length) - (isMapped ? mappedBits : 0);
  return bits < 0 || bits > widthOf[parsed.family] ? undefined : { ...parsed, bits };
}

/** One address, without a length; a zone (`%eth0`) is left out. Undefined where it is not one. */
export function parseAddress(text: string): AddressBlock | undefined {
  const [plain = ''] = text.split('%', 1);
  if (!plain.includes(':')) {
    const value = parseIpv4(plain);
    return value === undefined ? undefined : { family: 4, value, bits: widthOf[4] };
  }
  const value = parseIpv6(plain);
  if (value === undefined) return undefined;
  return value >> 32n === mappedPrefix
    ? { family: 4, value: value & 0xffff_ffffn, bits: widthOf[4] }
    : { family: 6, value, bits: widthOf[6] };
}

export function isInBlock(address: AddressBlock, block: AddressBlock): boolean {
  if (address.family !== block.family || address.bits < block.bits) return false;
  const shift = BigInt(widthOf[block.family] - block.bits);
  return address.value >> shift === block.value >> shift;
}

/** IPv4 in dotted form even where a dual-stack socket gives it as `::ffff:192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/**
 * What senders are counted by: the address for IPv4, its /64 for IPv6. Text that is no address is
 * a group of its own.
 */
export function addressGroup(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) return text.slice(0, 64);
  if (address.family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 0xffn).join('.');
  }
  const prefix = (address.value >> BigInt(customerBits)).toString(16).padStart(16, '0');
  return `${(prefix.match(/.{4}/g) ?? []).join(':')}::/${customerBits}`;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  // With leading zeros some read it as octal: it has no one meaning.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part)))
    return undefined;
  let value = 0n;
  for (const part of parts) {
    if (Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 8 ? joinGroups(head) : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1
    ? undefined
    : joinGroups([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** The groups of one side of `::`; the last may be an IPv4 address where it ends the whole. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = isLast && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 === undefined) return undefined;
    groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
  }
  return groups;
}

function joinGroups(groups: readonly number[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}
