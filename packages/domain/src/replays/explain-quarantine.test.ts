import { describe, expect, test } from '@jest/globals';
import { reasons } from '../reasons/reasons.ts';
import { explainQuarantine } from './explain-quarantine.ts';

describe('a line', () => {
  test.each([
    ['pH\t7,1\t-\t2026\t00', 4, '  \t   \t \t^'],
    ['pH;7.1;-;2026', 2, '   ^'],
    ['pH 7.1   -', 3, '         ^'],
    ['pH\t7', 5, '  \t ^'],
    ['', 1, '^'],
  ])('%j has its caret under cell %i', (text, column, caret) => {
    const { pointer } = explainQuarantine({ reason: 'time-unreadable', text, column });
    expect(pointer).toEqual({ line: text, caret });
  });
});

test('a whole file has no caret', () => {
  expect(
    explainQuarantine({ reason: 'unknown-station', text: '', column: null }).pointer,
  ).toBeNull();
});

test.each(Object.keys(reasons))('%s comes with something to do in both languages', (reason) => {
  const { cure, reason: texts } = explainQuarantine({ reason, text: '', column: null });
  expect(cure.en).toMatch(/\.$/);
  expect(cure.vi).toMatch(/\.$/);
  expect(texts).toEqual({ en: expect.any(String), vi: expect.any(String) });
});

test('a reason of a later version is shown by its code alone', () => {
  expect(explainQuarantine({ reason: 'of-later', text: 'x', column: 1 }).reason).toBeNull();
});
