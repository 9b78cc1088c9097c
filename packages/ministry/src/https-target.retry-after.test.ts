import { describe, expect, test } from '@jest/globals';
import { retryAfterMs } from './https-target.ts';

describe('retryAfterMs', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  test.each<[string, string | string[] | undefined, number | undefined]>([
    ['seconds', '120', 120_000],
    ['a date', 'Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['a date that has passed as at once', 'Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['the first of several', ['5', '9'], 5_000],
    ['nothing in an absent header', undefined, undefined],
    ['nothing in an empty one', ' ', undefined],
    ['nothing in what is neither', 'soon', undefined],
    ['nothing in a negative number', '-5', undefined],
  ])('reads %s', (_, header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
