import { expect, test, describe } from '@jest/globals';
import { exceededQuota, ListingBudget, noUsage, quotaDay, withFile } from './account-limits.ts';

test('a day begins at midnight of Vietnam', () => {
  expect(quotaDay(Date.parse('2026-11-23T16:59:59.999Z'))).toBe('20261123');
  expect(quotaDay(Date.parse('2026-11-23T17:00:00.000Z'))).toBe('20261124');
  expect(quotaDay(Date.parse('2026-12-31T17:00:00.000Z'))).toBe('20270101');
});

test('a quota is used up to its last file and byte', () => {
  const usage = withFile(withFile(noUsage, 100), 200);
  expect(usage).toEqual({ files: 2, bytes: 300 });
  expect(exceededQuota(usage, 0, { filesPerDay: 3 })).toBeUndefined();
  expect(exceededQuota(usage, 0, { filesPerDay: 2 })).toBe('filesPerDay');
  expect(exceededQuota(usage, 700, { bytesPerDay: 1000 })).toBeUndefined();
  expect(exceededQuota(usage, 701, { bytesPerDay: 1000 })).toBe('bytesPerDay');
});

test('without quotas there is no limit', () => {
  expect(exceededQuota({ files: 1e9, bytes: 1e15 }, 1e9)).toBeUndefined();
  expect(exceededQuota({ files: 1e9, bytes: 1e15 }, 1e9, { sessions: 1 })).toBeUndefined();
});

const limits = { all: 100, perAccount: 50 };
const tooMany = /^too many listings at once/;

describe('listings that are not read yet', () => {
  test('of an account are bounded, and give their room back once', () => {
    const budget = new ListingBudget(limits);
    const giveBack = budget.take('a', 30);
    expect(() => budget.take('a', 21)).toThrow(tooMany);
    budget.take('a', 20);
    giveBack();
    giveBack();
    expect(budget.used).toBe(20);
    budget.take('a', 30);
    expect(() => budget.take('a', 1)).toThrow(tooMany);
  });

  test('of all accounts are bounded', () => {
    const budget = new ListingBudget(limits);
    for (const account of ['a', 'b']) budget.take(account, 49);
    expect(() => budget.take('a', 1)).not.toThrow();
    budget.take('c', 1);
    expect(() => budget.take('c', 1)).toThrow(tooMany);
  });

  test('always have room for the first of an account, however long', () => {
    const budget = new ListingBudget(limits);
    const giveBack = budget.take('a', 1_000);
    budget.take('b', 10);
    expect(() => budget.take('a', 1)).toThrow(tooMany);
    giveBack();
    expect(budget.used).toBe(10);
    budget.take('a', 40);
  });
});
