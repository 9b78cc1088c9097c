import { TreeError } from '@envigate/domain';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resolveFile, resolvePath } from './protocol.ts';

describe('resolvePath', () => {
  test.each([
    ['', '/'],
    ['.', '/'],
    ['/', '/'],
    ['a.txt', '/a.txt'],
    ['./a.txt', '/a.txt'],
    ['//a///b/', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['../../etc/passwd', '/etc/passwd'],
    ['/..', '/'],
    ['/a/../../../b', '/b'],
    ['...', '/...'],
    ['/a\\..\\b', '/b'],
    ['C:\\data\\a.txt', '/data/a.txt'],
    ['/C:/data/a.txt', '/data/a.txt'],
    ['"a.txt"', '/a.txt'],
    ['C:\\', '/'],
    ['/trạm 01/số liệu.txt', '/trạm 01/số liệu.txt'],
  ])('%j is %j', (path, resolved) => {
    expect(resolvePath(path)).toBe(resolved);
  });

  test.each([
    ['NUL', '/a\0.txt'],
    ['a path of more than 4096 bytes', '/a'.repeat(2100)],
    ['a name of more than 255 bytes', `/${'ă'.repeat(128)}`],
  ])('refuses %s', (_what, path) => {
    expect(() => resolvePath(path)).toThrow(TreeError);
    expect(() => resolvePath(path)).toThrow(expect.objectContaining({ code: 'bad-name' }));
  });

  test('never leaves the tree, and is stable', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', '/', 'a'), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const path = parts.join('/').replaceAll('\0', '');
        const resolved = resolvePath(path);
        expect(resolved.startsWith('/')).toBe(true);
        expect(resolved.split('/').slice(1)).not.toEqual(expect.arrayContaining(['..']));
        expect(resolvePath(resolved)).toBe(resolved);
      }),
    );
  });
});

test.each(['', 'C:\\', '\\data\\', 'data/', '""'])('%j names no file', (path) => {
  expect(() => resolveFile(path)).toThrow(expect.objectContaining({ code: 'bad-name' }));
});
