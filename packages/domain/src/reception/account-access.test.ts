import { BlockList, isIP } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Account } from '@envigate/contracts';
import {
  AccountAccess,
  addressGroup,
  isInBlock,
  parseAddress,
  parseAddressBlock,
} from './account-access.ts';

const at = Date.parse('2026-11-24T00:00:00Z');

function closedTo(account: Partial<Account>, address = '192.0.2.7', atMs = at): string | undefined {
  return new AccountAccess({ code: 'tram01', stations: [], ...account }).closedTo(address, atMs);
}

describe('an account', () => {
  test('is open where nothing is said', () => {
    expect(closedTo({})).toBeUndefined();
    expect(closedTo({ disabled: false })).toBeUndefined();
    expect(closedTo({}, 'no address')).toBeUndefined();
  });

  test('is closed while disabled', () => {
    expect(closedTo({ disabled: true })).toBe('disabled');
  });

  test('is closed from its last instant on', () => {
    const expiresAt = '2026-11-24T07:00:00+07:00';
    expect(closedTo({ expiresAt }, '192.0.2.7', at - 1)).toBeUndefined();
    expect(closedTo({ expiresAt }, '192.0.2.7', at)).toBe('expired');
    expect(closedTo({ expiresAt: 'next year' })).toBe('expired');
  });

  test('is open to its own addresses alone', () => {
    const account: Partial<Account> = { allowedAddresses: ['192.0.2.0/29', '2001:db8::/32'] };
    expect(closedTo(account, '192.0.2.7')).toBeUndefined();
    expect(closedTo(account, '::ffff:192.0.2.7')).toBeUndefined();
    expect(closedTo(account, '2001:db8:5::1')).toBeUndefined();
    expect(closedTo(account, '192.0.2.8')).toBe('address-not-allowed');
    expect(closedTo(account, '2001:db9::1')).toBe('address-not-allowed');
    expect(closedTo(account, 'no address')).toBe('address-not-allowed');
  });

  test('a block that cannot be read lets nobody in, and does not close the others', () => {
    expect(closedTo({ allowedAddresses: ['192.0.2.0/99'] })).toBe('address-not-allowed');
    expect(closedTo({ allowedAddresses: ['999.1.1.1', '192.0.2.7'] })).toBeUndefined();
  });
});

function isIn(address: string, block: string): boolean {
  const [one, many] = [parseAddress(address), parseAddressBlock(block)];
  if (one === undefined || many === undefined) throw new Error(`${address} in ${block}?`);
  return isInBlock(one, many);
}

describe('blocks of addresses', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.8', '203.0.113.7', false],
    ['10.255.255.255', '10.0.0.0/8', true],
    ['11.0.0.0', '10.0.0.0/8', false],
    ['10.9.9.9', '10.1.2.3/8', true],
    ['1.2.3.4', '0.0.0.0/0', true],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    ['::FFFF:0a01:0203', '10.0.0.0/8', true],
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['11.1.2.3', '::ffff:10.0.0.0/104', false],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['fe80::1%eth0', 'fe80::/10', true],
    ['::1', '::1', true],
    ['::1', '::/0', true],
    ['10.1.2.3', '::/0', false],
    ['::1', '0.0.0.0/0', false],
  ])('%s in %s: %s', (address, block, expected) => {
    expect(isIn(address, block)).toBe(expected);
  });

  test.each([
    ...['', '/', '10', '10.0.0', '10.0.0.0.0', '256.0.0.1', '010.0.0.1', '10.0.0.1 ', '0x0a.0.0.1'],
    ...['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/08', '1.2.3.4:5'],
    ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8:9', '::g'],
    ...['::/129', '12345::', '1.2.3.4::', '::1.2.3', '::ffff:1.2.3.4/95', '1:2:3:4:5:6:7:8::'],
  ])('%p is not one', (text) => {
    expect(parseAddressBlock(text)).toBeUndefined();
  });

  const ipv4 = fc.ipV4();
  const ipv6 = fc.ipV6().filter((text) => parseAddress(text)?.family === 6);

  test('agrees with the system on what is in a block', () => {
    const pair = fc.oneof(
      fc.tuple(ipv4, ipv4, fc.integer({ min: 0, max: 32 })),
      fc.tuple(ipv6, ipv6, fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(pair, fc.boolean(), ([address, base, bits], near) => {
        const family = isIP(base) === 4 ? 'ipv4' : 'ipv6';
        const list = new BlockList();
        list.addSubnet(base, bits, family);
        const one = near ? base : address;
        expect(isIn(one, `${base}/${bits}`)).toBe(list.check(one, family));
      }),
    );
  });

  test('takes what the system takes as an address, and nothing else', () => {
    const texts = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '.') }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 2000 },
    );
  });
});

test('senders are counted by address, in IPv6 by what one customer has', () => {
  expect(addressGroup('192.0.2.7')).toBe('192.0.2.7');
  expect(addressGroup('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(addressGroup('::ffff:c000:207')).toBe('192.0.2.7');
  expect(addressGroup('2001:db8:1:2::1')).toBe('2001:0db8:0001:0002::/64');
  expect(addressGroup('2001:db8:1:2:ffff::9')).toBe(addressGroup('2001:db8:1:2::1'));
  expect(addressGroup('2001:db8:1:3::1')).not.toBe(addressGroup('2001:db8:1:2::1'));
  expect(addressGroup('x'.repeat(1000))).toHaveLength(64);
});
