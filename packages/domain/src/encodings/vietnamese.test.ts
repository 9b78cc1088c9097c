import { describe, expect, test } from '@jest/globals';
import { countVietnameseSyllables } from './vietnamese.ts';

describe('syllables of a text', () => {
  test.each([
    ['of ASCII alone', 'pH\t7.1\tmg/L', 0],
    ['of nothing', '', 0],
    ['word by word', 'Nhiệt độ', 2],
    ['in capitals', 'NHIỆT ĐỘ', 2],
    ['with the marks apart', 'Nhiệt độ'.normalize('NFD'), 2],
    ['without a blank between, the fewest', 'Nhiệtđộ', 2],
    ['beside words of ASCII, which count nothing', 'Luu lượng nước', 2],
    ['not of units', '7 µg/m³, 25 °C, 3 µS/cm', 0],
    ['with qu, gi and ngh', 'Quảng giữ nghề', 3],
  ])('%s', (_, text, count) => {
    expect(countVietnameseSyllables(text)).toBe(count);
  });
});

describe('a text is no Vietnamese', () => {
  test.each([
    ['with a letter of another language', 'größe'],
    ['with two tones on a syllable', 'ờế́'],
    ['with â at the end of a syllable', 'đâ'],
    ['with one letter that could be anything', 'x ộ y'],
    ['with a consonant that ends none', 'đột̉s'],
    ['with a letter of another script', 'Ж'],
    ['with a sign that stands in no unit', 'pH ¤ 7'],
    ['with a character of control above ASCII', 'pH\u00857'],
    ['with a word longer than any', 'độ'.repeat(31)],
  ])('%s', (_, text) => {
    expect(countVietnameseSyllables(text)).toBeUndefined();
  });
});
