import { describe, expect, test } from '@jest/globals';
import { backOffMs } from './delivery-store.ts';

describe('backOffMs', () => {
  const settings = { firstMs: 2_000, longestMs: 300_000 };
  test.each([
    [0, undefined, 2_000],
    [1, undefined, 4_000],
    [7, undefined, 256_000],
    [8, undefined, 300_000],
    [10_000, undefined, 300_000],
    [0, 60_000, 60_000],
    [0, 900_000, 900_000],
    [8, 1_000, 300_000],
    [0, 24 * 3_600_000, 24 * 3_600_000],
    [0, 999_999_999_000, 24 * 3_600_000],
  ])('after %d failures, asked for %s ms: %d ms', (failures, askedFor, expected) => {
    expect(backOffMs(failures, settings, askedFor)).toBe(expected);
  });
});
