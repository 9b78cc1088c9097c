import { describe, expect, test } from '@jest/globals';
import { nearestWord } from './fault.ts';

const keys = ['code', 'name', 'nameEn', 'filePrefixes', 'intervalMinutes', 'min', 'max'];

describe('nearestWord', () => {
  test.each([
    ['fileprefixes', 'filePrefixes'],
    ['filePrefix', 'filePrefixes'],
    ['nmae', 'name'],
    ['cdoe', 'code'],
    ['intervallMinutes', 'intervalMinutes'],
    ['mim', 'min'],
  ])('%s means %s', (word, meant) => {
    expect(nearestWord(word, keys)).toBe(meant);
  });

  test.each(['x', 'mi', 'prefixes', 'colour', ''])('%s means none of them', (word) => {
    expect(nearestWord(word, ['code', 'name', 'intervalMinutes', 'max'])).toBeUndefined();
  });
});
