import { describe, expect, test } from '@jest/globals';
import { bytes } from '../testing/station-file.ts';
import { decodeText, type Encoding } from './decode-text.ts';
import { inEnglish } from '../testing/in-english.ts';

const row = 'pH\t7.1\r\n';
const raw = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...bytes(part)] : part)));
const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const codes = (content: Uint8Array, fixed?: Encoding) => {
  const decoded = decodeText(content, fixed);
  if (decoded.kind === 'unreadable') return `${decoded.reason}: ${inEnglish(decoded.detail)}`;
  const { text, encoding, encodingWarnings, unclearAt } = decoded;
  const unclear = unclearAt === undefined ? [] : [`unclear: line ${unclearAt.join(', column ')}`];
  return [
    encoding,
    text,
    ...encodingWarnings.map(({ code, detail }) => `${code}: ${inEnglish(detail)}`),
    ...unclear,
  ];
};

describe('a text is read', () => {
  test.each<[string, Uint8Array, readonly string[]]>([
    ['in ASCII', raw(row), ['utf-8', row]],
    ['in UTF-8', raw('Độ đục\t7'), ['utf-8', 'Độ đục\t7']],
    ['without its byte order mark', raw([0xef, 0xbb, 0xbf], row), ['utf-8', row]],
    [
      'without what cannot be seen, which is reported',
      raw('p\u200bH\u2060\t7.1'),
      ['utf-8', 'pH\t7.1', 'invisible-characters: 2 zero-width characters'],
    ],
    [
      'in UTF-16 by its byte order mark',
      raw([0xff, 0xfe], [...Buffer.from(row, 'utf16le')]),
      ['utf-16le', row, 'other-encoding: utf-16le'],
    ],
    [
      'in UTF-16 without one, by its NULs',
      raw([...Buffer.from(row, 'utf16le')]),
      ['utf-16le', row, 'other-encoding: utf-16le'],
    ],
    [
      'before NULs that were never written over',
      raw(row, [0, 0, 0]),
      ['utf-8', row, 'nul-bytes-removed: 3 NUL bytes after the last line'],
    ],
    [
      'between NULs and byte order marks',
      raw([0, 0xef, 0xbb, 0xbf], row, [0xef, 0xbb, 0xbf, 0]),
      ['utf-8', row, 'nul-bytes-removed: 2 NUL bytes at the ends of lines'],
    ],
    [
      'in UTF-16 before a mark of one byte',
      raw([0xff, 0xfe], [...Buffer.from(row, 'utf16le')], [0x1a]),
      ['utf-16le', row, 'other-encoding: utf-16le'],
    ],
    [
      'in windows-1258 where that makes the words',
      latin('Nhi\xea\xf2t \xf0\xf4\xf2\t25'),
      ['windows-1258', 'Nhiệt độ\t25', 'other-encoding: windows-1258'],
    ],
    [
      'in TCVN3 where that makes the words',
      latin('Nhi\xd6t \xae\xe9\t25'),
      ['tcvn3', 'Nhiệt độ\t25', 'other-encoding: tcvn3'],
    ],
    [
      'in VNI where that makes the words',
      latin('Nhie\xe4t \xf1o\xe4\t25'),
      ['vni', 'Nhiệt độ\t25', 'other-encoding: vni'],
    ],
    [
      'in VISCII where that makes the words',
      latin('Nhi\xaet \xf0\xb5\t25'),
      ['viscii', 'Nhiệt độ\t25', 'other-encoding: viscii'],
    ],
    ['in UTF-8 of another script', raw('мг/л\t7'), ['utf-8', 'мг/л\t7']],
  ])('%s', (_, content, expected) => {
    expect(codes(content)).toEqual(expected);
  });
});

describe('a text that ends within a character', () => {
  test.each([
    ['of which one byte of three is left', raw('Độ đ', [0xe1]), 'Độ đ'],
    [
      'of which two bytes of three are left, in ASCII else',
      raw('pH\t7\t', [0xe1, 0xbb]),
      'pH\t7\t',
    ],
  ])('is read without it: %s', (_, content, text) => {
    expect(decodeText(content)).toMatchObject({ kind: 'text', text, endsInCharacter: true });
  });

  test('of one byte alone may be of another encoding', () => {
    expect(codes(raw('pH\t7\t', [0xe1]))).toEqual([
      ...['utf-8', 'pH\t7\t\uFFFD', 'unclear: line 1, column 3'],
    ]);
  });
});

describe('a content is unreadable', () => {
  test.each<[string, Uint8Array, string]>([
    ['that is empty', raw(), 'empty-file: 0 bytes'],
    ['that is an archive', raw('PK', [3, 4]), 'content-archive: ZIP archive'],
    [
      'with a NUL in a value',
      raw(row, 'TSS\t7', [0], '1'),
      'binary-content: line 2, column 2: NUL byte',
    ],
    [
      'cut within UTF-16',
      raw([0xff, 0xfe, 0x70, 0, 0x48]),
      'encoding-unclear: bytes that are not valid utf-16le',
    ],
  ])('%s', (_, content, expected) => {
    expect(codes(content)).toBe(expected);
  });
});

describe('letters are unclear', () => {
  test.each<[string, Uint8Array, string, string]>([
    [
      'where a byte is lost from one in UTF-8',
      raw(row, 'Độ\t', [0xe1, 0xbb], '\t7'),
      `${row}${'\uFFFD'.repeat(5)}\t\uFFFD\uFFFD\t7`,
      'line 2, column 1',
    ],
    ['that make no word in any encoding', raw('7', [0xff], '7'), '7\uFFFD7', 'line 1, column 1'],
    [
      'that make words in two encodings',
      latin('B\xf8i\t7\r\n' + row),
      `B\uFFFDi\t7\r\n${row}`,
      'line 1, column 1',
    ],
    [
      'of VPS, which is not read',
      latin('Nhi\xeet \xc7\xb6\t25'),
      'Nhi\uFFFDt \uFFFD\uFFFD\t25',
      'line 1, column 1',
    ],
    [
      'that VISCII and UTF-8 have in the same bytes',
      latin('n\xdf\xbec\t7'),
      'n\uFFFD\uFFFDc\t7',
      'line 1, column 1',
    ],
  ])('%s', (_, content, text, place) => {
    expect(codes(content)).toEqual(['utf-8', text, `unclear: ${place}`]);
  });
});

describe('the encoding of a profile', () => {
  test('is taken where the bytes would not vouch for it', () => {
    expect(codes(latin('\xae'), 'tcvn3')).toEqual(['tcvn3', 'đ', 'other-encoding: tcvn3']);
  });

  test('has no letter for some bytes, which are unclear', () => {
    expect(codes(latin('pH\t\xf9'), 'vni')).toEqual([
      ...['vni', 'pH\t\uFFFD', 'other-encoding: vni', 'unclear: line 1, column 2'],
    ]);
  });

  test('is not departed from where the bytes are of another', () => {
    expect(codes(latin('Nhi\xd6t'), 'utf-8')).toBe(
      'not-utf8: line 1, column 1: bytes that are not valid UTF-8',
    );
    expect(codes(raw([0xd8]), 'utf-16le')).toBe(
      'encoding-unclear: bytes that are not valid utf-16le',
    );
  });

  test('reads no empty file either', () => {
    expect(codes(raw(), 'windows-1258')).toBe('empty-file: 0 bytes');
  });
});
