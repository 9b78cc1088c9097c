import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { identifyFile } from './spooled-file.ts';

const bytes = Buffer.from('pH\t7.1\t-\t20260101000000\t00\r\n');
const sha256 = (...parts: readonly Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex');
const framed = (...texts: readonly string[]) =>
  Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(text));
      return [length, Buffer.from(text)];
    }),
  );
const idOf = (account: string, folder: string, name: string, content: Uint8Array = bytes) =>
  identifyFile({ account, folder, name }, content).fileId;

describe('identifyFile', () => {
  test("in the account's root is SHA-256 over account, name and bytes, as it always was", () => {
    expect(identifyFile({ account: 'a1', folder: '/', name: 'ế' }, bytes)).toEqual({
      contentHash: sha256(bytes),
      fileId: sha256(framed('a1', 'ế'), bytes),
    });
    // Of a file that was received before folders took part.
    expect(idOf('tram01', '/', 'a.txt')).toBe(
      'e301d42789258554ff45d73a9960c712f2c80dc6060120238e0dd8db23887f1b',
    );
  });

  test.each([0, 16 * 1024, 16 * 1024 + 1, 1024 * 1024])('of %d bytes is the same hash', (size) => {
    const content = Buffer.alloc(size, 'pH\t7.1\n');
    expect(identifyFile({ account: 'a1', folder: '/', name: 'b' }, content)).toEqual({
      contentHash: sha256(content),
      fileId: sha256(framed('a1', 'b'), content),
    });
  });

  test('elsewhere has the folder in it, behind a mark that no account is', () => {
    expect(idOf('a1', '/S1', 'a.txt')).toBe(sha256(framed('', 'a1', '/S1', 'a.txt'), bytes));
  });

  test('differs by account, by folder, by name and by content', () => {
    const ids = [
      idOf('ab', '/', 'c'),
      idOf('a', '/', 'bc'),
      idOf('a', '/', 'b', Buffer.concat([Buffer.from('c'), bytes])),
      idOf('a', '/', 'b'),
      idOf('a', '/b', 'b'),
      idOf('a', '/b/b', 'b'),
      idOf('a', '/B', 'b'),
      idOf('a', '/', 'b', Buffer.concat([framed('/b'), bytes])),
      idOf('a', '/2026', 'b'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ['/', '/2026/11/29'],
    ['/S1', '/S1/20261129'],
    ['/S1/20261129', '/S1/20261130'],
    ['/S1', '/2026/Thang11/Ngay29/S1'],
    ['/S1/raw', '//S1/./2026/11/raw/'],
    ['/Trạm', '/Tra\u0323m'],
  ])('is the same in %s as in %s', (one, other) => {
    expect(idOf('a', other, 'b.txt')).toBe(idOf('a', one, 'b.txt'));
  });
});
