import { describe, expect, test } from '@jest/globals';
import type { BilingualText } from '@envigate/contracts';
import * as labels from './labels.ts';

const { labelOf, wordOf, ...tables } = labels;

describe.each(Object.entries<Readonly<Record<string, BilingualText>>>(tables))('%s', (_, table) => {
  test('has words in both languages for every code', () => {
    for (const { vi, en } of Object.values(table)) {
      expect(vi).toMatch(/\S/);
      expect(en).toMatch(/\S/);
    }
  });

  test('has no word for two codes', () => {
    const words = Object.values(table).map(({ vi }) => vi);
    expect(new Set(words).size).toBe(words.length);
  });
});

test('a label is shown in both languages, an unknown code as it is', () => {
  expect(labelOf(labels.gapLevelLabels, '12h')).toBe('trên 12 giờ · over 12 h');
  expect(labelOf(labels.gapLevelLabels, '48h')).toBe('48h');
  expect(labelOf(labels.gapLevelLabels, 'constructor')).toBe('constructor');
});

test('a code without words is its own, also where an object has a property of that name', () => {
  for (const code of ['of a later version', 'constructor'])
    expect(wordOf(tables.protocolLabels, code)).toEqual({ vi: code, en: code });
  expect(wordOf(tables.protocolLabels, 'drop')).toEqual(tables.protocolLabels.drop);
});
