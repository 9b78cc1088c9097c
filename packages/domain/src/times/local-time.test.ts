import { describe, expect, test } from '@jest/globals';
import { checkInstant, instantOf, instantText } from './local-time.ts';

const vietnam = 420;

test('instantOf has the days of the calendar and no others, as Date has them', () => {
  const differing: string[] = [];
  for (let year = 1000; year <= 2500; year++)
    for (let month = 0; month <= 13; month++)
      for (const day of [0, 1, 2, 28, 29, 30, 31, 32, 99]) {
        const date = new Date(Date.UTC(year, month - 1, day));
        const isReal = month >= 1 && day >= 1 && date.getUTCMonth() === month - 1;
        const expected = isReal ? date.getTime() - vietnam * 60_000 : undefined;
        if (instantOf({ year, month, day }, vietnam) !== expected)
          differing.push(`${year}-${month}-${day}`);
      }
  expect(differing).toEqual([]);
});

test('instantText gives one instant after another', () => {
  const instants = [0, 0, 1, 1_774_371_600_000, 1_774_371_600_000, 0, -1];
  expect(instants.map(instantText)).toEqual(instants.map((ms) => new Date(ms).toISOString()));
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
