import { expect, test } from '@jest/globals';
import { changedKeys } from './changed-keys.ts';

test.each([
  ['nothing', { a: { b: 1 }, c: [1, 2] }, { a: { b: 1 }, c: [1, 2] }, []],
  ['a value', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, ['a.c']],
  [
    'one that is there now, one that is not any more',
    { a: { b: 1 } },
    { a: { c: 2 } },
    ['a.b', 'a.c'],
  ],
  ['a list', { a: { hosts: ['x'] } }, { a: { hosts: ['x', 'y'] } }, ['a.hosts']],
  ['a group that is one no more', { a: { b: 1 } }, { a: 1 }, ['a']],
])('%s', (_name, before, after, keys) => {
  expect(changedKeys(before, after)).toEqual(keys);
});
