import { describe, expect, test } from '@jest/globals';
import { FileNames } from '../home/tree-names.ts';
import { isSpentFolder, judgeFile, readableName, type OpenAccount } from './judge-file.ts';

const accounts: Record<string, OpenAccount> = {
  caph: { isOpen: true, maxFileBytes: 1000 },
  closed: { isOpen: false, maxFileBytes: 1000 },
};

function verdict(path: string, size = 10, fixed?: string): string {
  const file = { path, size, modifiedAt: 0, inode: 1 };
  const judged = judgeFile(file, fixed, (code) => accounts[code], new FileNames());
  return judged.kind === 'take' ? `take for ${judged.account}` : judged.reason;
}

test.each([
  ['/caph/a.txt', 'take for caph'],
  ['/caph/2026/01/31/a.txt', 'take for caph'],
  ['/a.txt', 'no-account'],
  ['/nobody/a.txt', 'unknown-account'],
  ['/closed/a.txt', 'account-closed'],
  ['/caph/a.txt.filepart', 'temporary'],
  ['/caph/.a.txt.x8Kq', 'temporary'],
  ['/caph/incoming.tmp/a.txt', 'temporary'],
  ['/nobody/a.part', 'temporary'],
])('%s: %s', (path, expected) => {
  expect(verdict(path)).toBe(expected);
});

test('a given account owns every path', () => {
  expect(verdict('/a.txt', 10, 'caph')).toBe('take for caph');
  expect(verdict('/nobody/a.txt', 10, 'caph')).toBe('take for caph');
  expect(verdict('/a.txt', 10, 'nobody')).toBe('unknown-account');
});

test('files above the limit stay', () => {
  expect(verdict('/caph/a.txt', 1000)).toBe('take for caph');
  expect(verdict('/caph/a.txt', 1001)).toBe('too-large');
});

describe('names as text', () => {
  const bytes = (text: string): string => Buffer.from(text).toString('latin1');
  test.each([
    ['a b.txt', 'a b.txt'],
    [bytes('Trạm quan trắc.txt'), 'Trạm quan trắc.txt'],
    [bytes('\ufeffa'), '\ufeffa'],
    ['tr\u00fcm\u00ff.txt', 'tr%FCm%FF.txt'],
    ['a\nb\u007f', 'a%0Ab%7F'],
  ])('%j is %j', (name, text) => {
    expect(readableName(name)).toBe(text);
  });
});

describe('empty folders that may go', () => {
  const now = Date.UTC(2026, 10, 24, 12);
  const longAgo = Date.UTC(2026, 9, 1);
  const isSpent = (path: string, fixed?: string, modifiedAt = longAgo): boolean =>
    isSpentFolder({ path, modifiedAt }, fixed, now);

  test.each([
    '/caph/2026/11/16',
    '/caph/NUO001/2026/Thang11/Ngay01',
    '/caph/NUO001/2026-11-01',
    '/caph/2026/10',
    '/caph/2025',
  ])('%s', (path) => {
    expect(isSpent(path)).toBe(true);
  });

  test.each([
    '/caph',
    '/caph/NUO001',
    '/20250101',
    '/caph/2026/11/18',
    '/caph/2026/11',
    '/caph/2026',
  ])('not %s', (path) => {
    expect(isSpent(path)).toBe(false);
  });

  test('not one in which something was moved since yesterday', () => {
    expect(isSpent('/caph/2026/01/01', undefined, now - 3_600_000)).toBe(false);
  });

  test('with a given account its folders begin at the top', () => {
    expect(isSpent('/2025', 'caph')).toBe(true);
    expect(isSpent('/NUO001', 'caph')).toBe(false);
  });
});
