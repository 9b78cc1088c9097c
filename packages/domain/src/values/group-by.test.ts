import { expect, test } from '@jest/globals';
import { groupBy } from './group-by.ts';

test('items of a key stay in their order, and keys in that of their first items', () => {
  const groups = groupBy(['b2', 'a1', 'b1', 'a2', 'c1'], ([letter]) => letter);
  expect([...groups]).toEqual([
    ['b', ['b2', 'b1']],
    ['a', ['a1', 'a2']],
    ['c', ['c1']],
  ]);
});
