import { describe, expect, test } from '@jest/globals';
import { isIncluded } from './name-patterns.ts';

describe('isIncluded', () => {
  test.each([
    ['a.txt', undefined, true],
    ['a.txt', ['*.txt'], true],
    ['A.TXT', ['*.txt'], true],
    ['a.txt.bak', ['*.txt'], false],
    ['axtxt', ['*.txt'], false],
    ['HN_1_a.txt', ['x*', 'HN_?_*.txt'], true],
    ['HN_12_a.txt', ['HN_?_*.txt'], false],
    ['Ð1.txt', ['?1.txt'], true],
    ['a+(b)[c].txt', ['a+(b)[c].txt'], true],
  ])('%s of %j: %j', (name, patterns, expected) => {
    expect(isIncluded(name, patterns)).toBe(expected);
  });

  test('many stars cost no more than one pass for each', () => {
    expect(isIncluded('a'.repeat(200), ['*'.repeat(500) + 'b'])).toBe(false);
  });
});
