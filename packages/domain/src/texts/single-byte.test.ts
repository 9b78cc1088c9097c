import { describe, expect, test } from '@jest/globals';
import {
  decodeTcvn3,
  decodeViscii,
  decodeVni,
  decodeVps,
  decodeWindows1258,
} from './single-byte.ts';

const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

describe('windows-1258', () => {
  test.each([
    ['ASCII as it is', 'pH\t7.1\r\n', 'pH\t7.1\r\n'],
    ['nothing', '', ''],
    ['đ and Đ', '\xf0\xd0', 'đĐ'],
    ['a tone that is apart, in one letter', 'a\xec', 'á'],
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
    ['a tone apart, in one letter with what is before', 'a\xb3', 'á'],
    ['a blank that does not break', '\xa0', '\u00a0'],
  ])('has %s', (_, from, to) => {
    expect(decodeTcvn3(latin(from))).toBe(to);
  });
});

describe('VISCII', () => {
  test.each([
    ['ASCII as it is', 'pH\t7.1\r\n', 'pH\t7.1\r\n'],
    ['đ and Đ', '\xf0\xd0', 'đĐ'],
    ['letters with a tone in one byte', '\xe1\xe0\xe4\xe3\xd5', 'áàảãạ'],
    ['capitals with a tone', 'NHI\x8eT \xd0\x93', 'NHIỆT ĐỘ'],
    ['a word between signs of ASCII', 'B\xf8i\t7', 'Bụi\t7'],
    ['the first place above ASCII and the last', '\x80\xff', 'ẠỮ'],
  ])('has %s', (_, from, to) => {
    expect(decodeViscii(latin(from))).toBe(to);
  });
});

describe('VPS', () => {
  test.each([
    ['ASCII as it is', 'pH\t7.1\r\n', 'pH\t7.1\r\n'],
    ['small letters', 'Nhi\xeet \xc7\xb6', 'Nhi\uFFFDt độ'],
  ])('has %s', (_, from, to) => {
    expect(decodeVps(latin(from))).toBe(to);
  });
});

describe('VNI', () => {
  test.each([
    ['ASCII as it is', 'pH\t7.1\r\n', 'pH\t7.1\r\n'],
    ['nothing', '', ''],
    ['đ and Đ', '\xf1\xd1', 'đĐ'],
    ['a vowel and its tone', 'a\xf9a\xf8a\xfba\xf5a\xef', 'áàảãạ'],
    ['a vowel, its roof and its tone', 'a\xe2a\xe1a\xe0a\xe5a\xe3a\xe4', 'âấầẩẫậ'],
    ['a vowel, its bowl and its tone', 'a\xeaa\xe9a\xe8a\xfaa\xfca\xeb', 'ăắằẳẵặ'],
    ['ơ and ư with and without a tone', '\xf4\xf6\xf4\xf9\xf6\xef', 'ơướự'],
    ['i and y in one letter', '\xed\xec\xe6\xf3\xf2\xee', 'íìỉĩịỵ'],
    ['words', 'Nhie\xe4t \xf1o\xe4, L\xf6u l\xf6\xf4\xefng', 'Nhiệt độ, Lưu lượng'],
    ['capitals', 'NHIE\xc4T \xd1O\xc4', 'NHIỆT ĐỘ'],
    ['the signs of units', '\xb5g/m\xb3 \xb0C', 'µg/m³ °C'],
    ['no letter for a mark without its vowel', 'x\xf9 \xe4', 'x\uFFFD \uFFFD'],
  ])('has %s', (_, from, to) => {
    expect(decodeVni(latin(from))).toBe(to);
  });
});
