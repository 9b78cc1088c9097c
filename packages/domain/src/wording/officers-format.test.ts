import { describe, expect, test } from '@jest/globals';
import { officersNumber, officersTime } from './officers-format.ts';

describe('a time for officers', () => {
  const instant = new Date('2026-03-24T23:20:54.900Z');

  test('is of Vietnam, day first, without seconds', () => {
    expect(officersTime(instant)).toBe('25/03/2026 06:20');
  });

  test('has seconds where they count', () => {
    expect(officersTime(instant, { withSeconds: true })).toBe('25/03/2026 06:20:54');
  });

  test('is of another clock where that is meant', () => {
    expect(officersTime(instant, { utcOffsetMinutes: -60 })).toBe('24/03/2026 22:20');
  });
});

test.each([
  [1234.56, '1.234,6'],
  [1_234_567, '1.234.567'],
  [12.25, '12,3'],
  [0, '0'],
])('the number %d is written %s', (value, text) => {
  expect(officersNumber(value)).toBe(text);
});
