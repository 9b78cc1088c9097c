import { describe, expect, test } from '@jest/globals';
import type { TreeEntry } from '@envigate/domain';
import { factsLine, listFacts, listingBytes, timestamp, msdosLine, unixLine } from './listing.ts';

const now = new Date('2026-03-01T00:00:00Z');
const file = (more: Partial<TreeEntry> = {}): TreeEntry => ({
  name: 'HCM_NM01_20260131.txt',
  kind: 'file',
  size: 320,
  modifiedAt: new Date('2026-02-05T07:08:09Z'),
  ...more,
});

describe('LIST', () => {
  test.each([
    ['a file', file(), '-rw-r--r-- 1 ftp ftp          320 Feb  5 07:08 HCM_NM01_20260131.txt'],
    [
      'a folder',
      file({ kind: 'folder', name: 'Ngay 05', size: 0 }),
      'drwxr-xr-x 2 ftp ftp            0 Feb  5 07:08 Ngay 05',
    ],
    [
      'more than half a year old',
      file({ modifiedAt: new Date('2025-02-15T07:08:09Z') }),
      '-rw-r--r-- 1 ftp ftp          320 Feb 15  2025 HCM_NM01_20260131.txt',
    ],
    [
      'ahead of the clock',
      file({ modifiedAt: new Date('2026-03-02T00:00:00Z') }),
      '-rw-r--r-- 1 ftp ftp          320 Mar  2  2026 HCM_NM01_20260131.txt',
    ],
    [
      'a name with a line end',
      file({ name: 'a\r\n226 done' }),
      '-rw-r--r-- 1 ftp ftp          320 Feb  5 07:08 a??226 done',
    ],
  ])('%s', (_name, entry, line) => {
    expect(unixLine(entry, now)).toBe(line);
  });
});

test('MLSD lists the facts asked for, and no size of a folder', () => {
  expect(factsLine(file(), 'a.txt', listFacts)).toBe(
    'type=file;size=320;modify=20260205070809; a.txt',
  );
  expect(factsLine(file(), 'a.txt', ['size'])).toBe('size=320; a.txt');
  expect(factsLine(file({ kind: 'folder' }), 'd', listFacts)).toBe(
    'type=dir;modify=20260205070809; d',
  );
});

test('times are UTC', () => {
  expect(timestamp(new Date('2026-01-01T06:59:59+07:00'))).toBe('20251231235959');
});

test('an empty listing has no bytes', () => {
  expect(listingBytes([])).toHaveLength(0);
  expect(listingBytes(['a', 'đ']).toString()).toBe('a\r\nđ\r\n');
});

test.each([
  ['2026-01-31T00:05:00Z', '01-31-26  12:05AM'],
  ['2026-12-01T11:59:00Z', '12-01-26  11:59AM'],
  ['2026-12-01T12:00:00Z', '12-01-26  12:00PM'],
  ['2009-12-01T23:09:00Z', '12-01-09  11:09PM'],
])('the clock of Windows shows %s as %s', (instant, shown) => {
  const entry = {
    name: 'a b.txt',
    kind: 'file',
    size: 320,
    modifiedAt: new Date(instant),
  } as const;
  expect(msdosLine(entry)).toBe(`${shown}                  320 a b.txt`);
});
