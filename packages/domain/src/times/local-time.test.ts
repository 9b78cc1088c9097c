import { describe, expect, test } from '@jest/globals';
import { checkInstant, formatLocalTime, parseLocalTime } from './local-time.ts';

const vietnam = 420;

describe('parseLocalTime', () => {
  test.each([
    ['20260325000000', vietnam, '2026-03-24T17:00:00.000Z'],
    ['20260325235959', vietnam, '2026-03-25T16:59:59.000Z'],
    ['20240229120000', vietnam, '2024-02-29T05:00:00.000Z'],
    ['20260325000000', 0, '2026-03-25T00:00:00.000Z'],
    ['20260325000000', -90, '2026-03-25T01:30:00.000Z'],
  ])('%s at %i minutes is %s', (text, offset, expected) => {
    const instant = parseLocalTime(text, offset);
    expect(instant).toBe(Date.parse(expected));
    expect(formatLocalTime(Date.parse(expected), offset)).toBe(text);
  });

  test.each([
    '',
    '202603250000',
    '202603250000000',
    '2026032500000O',
    '+2026032500000',
    '20260325240000',
    '20260325006000',
    '20260325000060',
    '20260229000000',
    '20260431000000',
    '20261301000000',
    '20260001000000',
    '20260100000000',
    '00260101000000',
    '٢٠٢٦٠٣٢٥٠٠٠٠٠٠',
  ])('%p is no time', (text) => {
    expect(parseLocalTime(text, vietnam)).toBeUndefined();
  });
});

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
