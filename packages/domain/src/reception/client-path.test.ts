import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endsWithoutName, isWindowsPath, unixPath } from './client-path.ts';

describe('a path of Windows', () => {
  test.each([
    ['\\data\\a.txt', '/data/a.txt'],
    ['data\\2026\\a.txt', 'data/2026/a.txt'],
    ['.\\a.txt', './a.txt'],
    ['..\\a.txt', '../a.txt'],
    ['\\data\\', '/data/'],
    ['C:\\data\\a.txt', '/data/a.txt'],
    ['c:/data/a.txt', '/data/a.txt'],
    ['D:\\a.txt', '/a.txt'],
    ['C:a.txt', 'a.txt'],
    ['C:data/c:d', 'data/c:d'],
    ['C:', ''],
    ['C:\\', '/'],
    ['/C:/data/a.txt', '//data/a.txt'],
    ['C:/data\\2026/a.txt', '/data/2026/a.txt'],
    ['/data\\2026\\a.txt', '/data/2026/a.txt'],
    ['\\\\server\\share\\a.txt', '/a.txt'],
    ['\\\\192.168.1.5\\d$\\data\\a.txt', '/data/a.txt'],
    ['\\\\server\\share', ''],
    ['\\\\server\\share\\', '/'],
    // Escaped twice on its way through a configuration file.
    ['\\\\data\\\\a.txt', '//data//a.txt'],
    ['C:\\\\data\\\\a.txt', '//data//a.txt'],
    ['\\\\?\\C:\\data\\a.txt', '/data/a.txt'],
    ['\\\\.\\C:\\data\\a.txt', '/data/a.txt'],
    ['\\\\?\\UNC\\server\\share\\data\\a.txt', '/data/a.txt'],
    ['"a.txt"', 'a.txt'],
    ["'a.txt'", 'a.txt'],
    ['"C:\\Tram do\\a.txt"', '/Tram do/a.txt'],
    [' "a b.txt" ', 'a b.txt'],
    ['""', ''],
    ['"\\"', '/'],
  ])('%j is %j', (path, unix) => {
    expect(unixPath(path)).toBe(unix);
  });
});

describe('any other path stays as it is', () => {
  test.each([
    '',
    '/',
    '/data/a.txt',
    '//data/a.txt',
    'Trạm "Đông" 1',
    '"a.txt',
    'a.txt"',
    '"',
    "'",
    '12:30.txt',
    '/data/C:a.txt',
    '//?/:',
    '~a.txt',
  ])('%j', (path) => {
    expect(unixPath(path)).toBe(path);
  });
});

test('property: an absolute path that was read is not read into another', () => {
  const part = fc.oneof(
    fc.constantFrom('\\', '/', 'C:', '"', "'", '\\\\', '?', '.', '..', 'UNC', 'a', ' '),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const path = `/${unixPath(parts.join(''))}`;
      expect(path).not.toContain('\\');
      expect(unixPath(path)).toBe(path);
    }),
    { numRuns: 2000 },
  );
});

test('a path without a name at its end is recognised', () => {
  expect(['', '/', 'data/'].map(endsWithoutName)).toEqual([true, true, true]);
  expect(['a', '/data/a.txt'].map(endsWithoutName)).toEqual([false, false]);
});

test.each([
  ['\\a', true],
  ['a\\b', true],
  ['C:/a', true],
  ['/C:/a', true],
  ['"C:a"', true],
  ['"a"', false],
  ['/a', false],
  ['12:30.txt', false],
])('%j is written as on Windows: %s', (path, isOfWindows) => {
  expect(isWindowsPath(path)).toBe(isOfWindows);
});
