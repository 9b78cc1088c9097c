import { expect, test } from '@jest/globals';
import { matchesPattern, parseListRequest } from './listing.ts';

test.each([
  ['', { path: '' }],
  ['-la', { path: '' }],
  ['-l -a /2026', { path: '/2026' }],
  ['-al Nam 2026', { path: 'Nam 2026' }],
  ['./-x', { path: './-x' }],
  ['-la C:\\data', { path: '/data' }],
  ['"\\data 1"', { path: '/data 1' }],
  ['\\data\\*.txt', { path: '/data/', pattern: '*.txt' }],
  ['*.txt', { path: '', pattern: '*.txt' }],
  ['-l /2026/01/A?_*', { path: '/2026/01/', pattern: 'A?_*' }],
])('LIST %j', (argument, request) => {
  expect(parseListRequest(argument)).toEqual(request);
});

test.each([
  ['a.txt', '*.txt', true],
  ['a.txt', '*', true],
  ['', '*', true],
  ['a.csv', '*.txt', false],
  ['abc', 'a?c', true],
  ['ac', 'a?c', false],
  ['a.txt.txt', '*.txt', true],
  ['a.b', 'a.b', true],
  ['axb', 'a.b', false],
  ['abcabd', '*ab?', true],
])('%j against %j', (name, pattern, matches) => {
  expect(matchesPattern(name, pattern)).toBe(matches);
});

test('no pattern takes long', () => {
  expect(matchesPattern('a'.repeat(1000), `${'*a'.repeat(400)}b`)).toBe(false);
});
