import { describe, expect, test } from '@jest/globals';
import { likenessToVietnamese } from './vietnamese.ts';

describe('likeness of a text', () => {
  test.each([
    ['of ASCII alone', 'pH\t7.1\tmg/L', 0, 0],
    ['of nothing', '', 0, 0],
    ['of words of monitoring', 'Nhiệt độ', 0, 2],
    ['in capitals', 'NHIỆT ĐỘ', 0, 2],
    ['with the marks apart', 'Nhiệt độ'.normalize('NFD'), 0, 2],
    ['without a blank between', 'Nhiệtđộ', 0, 1],
    ['with a capital where a word begins', 'NhiệtĐộ', 0, 1],
    ['with one word twice', 'độ độ', 0, 1],
    ['beside words of ASCII, which count nothing', 'Luu lượng nước', 0, 2],
    ['of units', '7 µg/m³, 25 °C, 3 µS/cm, 350°', 0, 0],
    ['of other words', 'Quảng giữ nghề', 1, 3],
    ['of which one is other', 'độ giữ', 1, 2],
    ['of other words without a blank between', 'Quảnggiữ', 2, 1],
    ['of one letter', 'pH ở 7', 2, 0],
    ['of a word and a letter', 'độ ở', 0, 1],
    ['of a sign that is a letter elsewhere', 'pH – 7', 2, 0],
    ['of a blank that is a letter elsewhere', 'gi\u00A0m', 2, 0],
  ])('%s', (_, text, doubt, words) => {
    expect(likenessToVietnamese(text)).toEqual({ doubt, words });
  });
});

describe('a text is no Vietnamese', () => {
  test.each([
    ['with a letter of another language', 'größe'],
    ['with two tones on a syllable', 'ờế\u0301'],
    ['with â at the end of a syllable', 'đâ'],
    ['with one letter that is no vowel', 'x đ y'],
    ['with a consonant that ends none', 'đột\u0309s'],
    ['with a tone that no syllable with such an end has', 'độ bàt'],
    ['with c before ê', 'cế'],
    ['with k before a', 'kạ'],
    ['with ng before ê', 'ngề'],
    ['with nh after o', 'độ ồnh'],
    ['with ng after i', 'độ ìng'],
    ['with a capital within a syllable', 'đỘ'],
    ['with a letter of another script', 'Ж'],
    ['with a sign that is in no unit', 'pH ¤ 7'],
    ['with a sign within a word', 'B±i'],
    ['with a power of what is no metre', 'bu³'],
    ['with a character of control above ASCII', 'pH\u00857'],
    ['with a word longer than any', 'độ'.repeat(31)],
    [
      'with more words than a station has',
      Array.from({ length: 1_001 }, (_, i) => 'ộ' + 'a'.repeat(i + 1)).join(' '),
    ],
  ])('%s', (_, text) => {
    expect(likenessToVietnamese(text)).toBeUndefined();
  });
});

test('small letters with a tone may appear among capitals where the encoding has no others', () => {
  expect(likenessToVietnamese('NHIệT')).toBeUndefined();
  expect(likenessToVietnamese('NHIệT', true)).toEqual({ doubt: 0, words: 1 });
});
