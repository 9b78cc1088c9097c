import { describe, expect, test } from '@jest/globals';
import { bytes } from '../testing/station-file.ts';
import { fileSignature } from './file-signature.ts';

const row = 'pH\t7.1\t\t20260325000000\t00\r\n';
const of = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...bytes(part)] : part)));

describe('what is no text by its first bytes', () => {
  test.each([
    ['ZIP archive', of('PK', [3, 4], 'x'), 'content-archive'],
    ['empty ZIP archive', of('PK', [5, 6]), 'content-archive'],
    ['gzip data', of([0x1f, 0x8b, 8]), 'content-archive'],
    ['bzip2 data', of('BZh91AY'), 'content-archive'],
    ['tar archive', of(row.padEnd(257, 'x'), 'ustar', [0], '00'), 'content-archive'],
    ['Linux program', of([0x7f], 'ELF'), 'content-executable'],
    ['Windows program', of('MZ', [0x90, 0, 3, 0, 0xff, 0xff]), 'content-executable'],
    ['PNG image', of([0x89], 'PNG'), 'content-image'],
    ['JPEG image', of([0xff, 0xd8, 0xff, 0xe0]), 'content-image'],
    ['BMP image', of('BM', [0x36, 0, 0x0c, 0, 0x36, 0, 0]), 'content-image'],
    ['PDF document', of('%PDF-1.7'), 'content-document'],
    ['Office document', of([0xd0, 0xcf, 0x11, 0xe0]), 'content-document'],
    ['SQLite database', of('SQLite format 3', [0]), 'content-document'],
  ] as const)('%s', (what, content, reason) => {
    expect(fileSignature(content)).toEqual(expect.objectContaining({ what, reason }));
  });
});

describe('no signature', () => {
  test.each([
    ['of nothing', of()],
    ['of a line of the official form', of(row)],
    ['of a UTF-8 byte order mark', of([0xef, 0xbb, 0xbf], row)],
    ['of a UTF-16 byte order mark', of([0xff, 0xfe, 0x70, 0])],
    ['cut within its bytes', of([0x89], 'PN')],
    ['behind the first byte', of(' ', [0x1f, 0x8b])],
    ['of a symbol that begins as a program does', of('MZ\t7.1\r\n')],
    ['of a symbol that begins as a bitmap does', of('BMA\t7.1\r\n')],
    ['of such a symbol in a file that NULs end', of('BMA\t7.1\r\n', [0, 0])],
    ['of such a symbol in lines that a NUL ends each', of('MZ\t7.1', [0], '\r\nMZ\t7', [0])],
    ['of a program whose NUL is beyond the first 512 bytes', of('MZ'.padEnd(512, 'x'), [0])],
    ['of a text with ustar where tar has it', of('x'.repeat(257), 'ustar')],
  ])('%s', (_, content) => {
    expect(fileSignature(content)).toBeUndefined();
  });
});
