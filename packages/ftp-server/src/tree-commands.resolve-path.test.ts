import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resolvePath } from './tree-commands.ts';

test.each([
  ['/', 'a.txt', '/a.txt'],
  ['/2026/01', 'a.txt', '/2026/01/a.txt'],
  ['/2026/01', '/b', '/b'],
  ['/2026/01', '..', '/2026'],
  ['/2026', '../../../etc/passwd', '/etc/passwd'],
  ['/', '//a///b/', '/a/b'],
  ['/a', './b/./c', '/a/b/c'],
  ['/a', '', '/a'],
  ['/', '...', '/...'],
  ['/2026', '01\\a.txt', '/2026/01/a.txt'],
  ['/2026', '\\data\\a.txt', '/data/a.txt'],
  ['/2026', 'C:a.txt', '/2026/a.txt'],
  ['/2026', '"C:\\data\\a.txt"', '/data/a.txt'],
  ['/2026', '..\\..\\a.txt', '/a.txt'],
  ['/', 'Nam 2026/thang 01 ', '/Nam 2026/thang 01 '],
])('in %s, %j is %s', (folder, argument, path) => {
  expect(resolvePath(folder, argument)).toBe(path);
});

test.each([['a\0b'], ['a\rb'], ['a\u007f'], ['x'.repeat(1100)]])('%j is no name', (argument) => {
  expect(resolvePath('/', argument)).toBeUndefined();
});

test('property: a path never leaves the tree and is in its one form', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '', 'a'), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const path = resolvePath('/a/b', parts.join('/'));
      if (path === undefined) return;
      expect(path.startsWith('/')).toBe(true);
      expect(path.slice(1).split('/')).not.toContain('..');
      expect(resolvePath('/', path)).toBe(path);
    }),
  );
});
