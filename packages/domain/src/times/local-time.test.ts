import { describe, expect, test } from '@jest/globals';
import { checkInstant } from './local-time.ts';

const vietnam = 420;

describe('checkInstant', () => {
  const receivedAt = Date.parse('2026-03-24T17:00:00.000Z');
  test.each([
    ['2026-03-24T17:10:00.000Z', 'plausible'],
    ['2026-03-24T17:10:00.001Z', 'time-in-future'],
    ['2014-12-31T17:00:00.000Z', 'plausible'], // 2015 on the logger's clock
    ['2014-12-31T16:59:59.999Z', 'time-too-old'],
    ['1970-01-01T00:00:00.000Z', 'time-too-old'],
  ])('%s is %s', (instant, expected) => {
    expect(checkInstant(Date.parse(instant), receivedAt, vietnam)).toBe(expected);
  });
});
