import type { TreeEntry } from '@envigate/domain';
import { describe, expect, test } from '@jest/globals';
import { attributesOf, longnameOf } from './protocol.ts';

const now = new Date('2026-03-01T00:00:00Z');
const file: TreeEntry = {
  name: 'số liệu.txt',
  kind: 'file',
  size: 320,
  modifiedAt: new Date('2026-02-03T04:05:06.789Z'),
};
const folder: TreeEntry = {
  name: '2026',
  kind: 'folder',
  size: 0,
  modifiedAt: new Date('2025-02-03T04:05:06Z'),
};

describe('attributesOf', () => {
  test('a file and a folder', () => {
    const mtime = Date.UTC(2026, 1, 3, 4, 5, 6) / 1000;
    expect(attributesOf(file)).toEqual({
      mode: 0o100640,
      uid: 0,
      gid: 0,
      size: 320,
      atime: mtime,
      mtime,
    });
    expect(attributesOf(folder)).toMatchObject({ mode: 0o040750, size: 0 });
  });

  test.each([
    ['before 1970', new Date('1969-01-01T00:00:00Z'), 0],
    ['after 2106', new Date('2200-01-01T00:00:00Z'), 0xffffffff],
    ['not a date', new Date(NaN), 0],
  ])('a time that the field cannot hold is clamped: %s', (_name, modifiedAt, mtime) => {
    expect(attributesOf({ ...file, modifiedAt }).mtime).toBe(mtime);
  });
});

describe('longnameOf', () => {
  test.each([
    [
      'recent, with the time',
      file,
      '-rw-r-----    1 tram01   tram01        320 Feb  3 04:05 số liệu.txt',
    ],
    ['old, with the year', folder, 'drwxr-x---    2 tram01   tram01          0 Feb  3  2025 2026'],
    [
      'in the future, with the year',
      { ...file, modifiedAt: new Date('2027-12-31T23:59:59Z') },
      '-rw-r-----    1 tram01   tram01        320 Dec 31  2027 số liệu.txt',
    ],
  ])('%s', (_name, entry, line) => {
    expect(longnameOf(entry, 'tram01', now)).toBe(line);
  });
});
