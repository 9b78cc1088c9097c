import { describe, expect, test } from '@jest/globals';
import type { Account } from '@envigate/contracts';
import { AccountAccess } from './account-access.ts';

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
