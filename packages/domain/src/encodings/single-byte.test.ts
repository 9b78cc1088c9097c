import { describe, expect, test } from '@jest/globals';
import { decodeTcvn3, decodeWindows1258 } from './single-byte.ts';

const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

describe('windows-1258', () => {
  test.each([
    ['ASCII as it is', 'pH\t7.1\r\n', 'pH\t7.1\r\n'],
    ['nothing', '', ''],
    ['đ and Đ', '\xf0\xd0', 'đĐ'],
    ['a tone that stands apart, in one letter', 'a\xec', 'á'],
    ['a tone on a letter with a mark of its own', '\xea\xf2', 'ệ'],
    ['ơ and ư', '\xf5\xfd', 'ơư'],
    ['the signs of units', '\xb5g/m\xb3 \xb0C', 'µg/m³ °C'],
  ])('has %s', (_, from, to) => {
    expect(decodeWindows1258(latin(from))).toBe(to);
  });
});

describe('TCVN3', () => {
  test.each([
    ['ASCII as it is', 'pH\t7.1\r\n', 'pH\t7.1\r\n'],
    ['nothing', '', ''],
    ['đ and Đ', '\xae\xa7', 'đĐ'],
    ['letters with a tone in one byte', '\xb8\xb5\xb6\xb7\xb9', 'áàảãạ'],
    ['letters with mark and tone in one byte', '\xd6\xe9', 'ệộ'],
    ['a word between signs of ASCII', 'Nhi\xd6t \xae\xe9\t7', 'Nhiệt độ\t7'],
    ['the first place above ASCII and the last', '\x80\xff', 'ÀỐ'],
    ['a tone apart, in one letter with what stands before', 'a\xb3', 'á'],
    ['a blank that does not break', '\xa0', '\u00a0'],
  ])('has %s', (_, from, to) => {
    expect(decodeTcvn3(latin(from))).toBe(to);
  });
});
