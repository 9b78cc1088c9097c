import { expect, test } from '@jest/globals';
import { BoundedMap } from './bounded.ts';

test('a full map forgets what was touched longest ago', () => {
  const map = new BoundedMap<number>(3);
  for (const [n, key] of ['a', 'b', 'c'].entries()) map.set(key, n);
  expect(map.get('a')).toBe(0);
  map.set('d', 3);
  expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([0, undefined, 2, 3]);
  map.set('c', 9);
  expect(map.size).toBe(3);
});
