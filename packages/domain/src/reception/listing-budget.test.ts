import { describe, expect, test } from '@jest/globals';
import { ListingBudget } from './listing-budget.ts';

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
