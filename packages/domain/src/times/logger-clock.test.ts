import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ClockLags } from '@envigate/contracts';
import { describeClock, judgeClock } from './logger-clock.ts';

const hour = 3600;
const hanoi = { intervalMinutes: 5, utcOffsetMinutes: 420 };
const lags = (leastSeconds: number, medianSeconds = leastSeconds, files = 48): ClockLags => ({
  ...{ files, leastSeconds, medianSeconds },
  ...{ from: new Date('2026-03-24T13:00:00Z'), to: new Date('2026-03-24T17:00:00Z') },
});

describe('a clock', () => {
  test.each<[what: string, lags: ClockLags, en: string, station?: typeof hanoi]>([
    ['in step', lags(2.1), 'no significant offset (at most 3 s behind)'],
    ['a little ahead', lags(-60), 'no significant offset (at least 60 s ahead)'],
    ['ahead', lags(-61), 'at least 61 s ahead'],
    ['20 minutes ahead', lags(-1199.6), 'at least 19 min ahead'],
    ['ahead by one file', lags(-1200, 4, 1), 'at least 20 min ahead'],
    [
      'that states the begin of the interval',
      lags(310),
      'no significant offset (at most 6 min behind)',
    ],
    ['an interval and 5 minutes late', lags(600), 'no significant offset (at most 10 min behind)'],
    ['later', lags(601), 'at most 11 min behind, or the files were sent late'],
    [
      'hourly',
      lags(3_700),
      'no significant offset (at most 1 h 2 min behind)',
      { ...hanoi, intervalMinutes: 60 },
    ],
    [
      '7 hours behind',
      lags(7 * hour + 20),
      '7 h behind: the logger may write UTC, or the files were sent late',
    ],
    [
      '7 hours behind and a bit fast',
      lags(7 * hour - 599),
      '6 h 50 min behind: the logger may write UTC, or the files were sent late',
    ],
    ['8 hours behind', lags(8 * hour), 'at most 8 h behind, or the files were sent late'],
    [
      'under 7 hours behind',
      lags(6.8 * hour),
      'at most 6 h 48 min behind, or the files were sent late',
    ],
    [
      'filled up after 7 hours',
      lags(7 * hour, 9 * hour),
      'at most 7 h behind, or the files were sent late',
    ],
    [
      '7 hours late in two files',
      lags(7 * hour, 7 * hour, 2),
      'at most 7 h behind, or the files were sent late',
    ],
    [
      'of a station on UTC',
      lags(600.5),
      'at most 11 min behind, or the files were sent late',
      { ...hanoi, utcOffsetMinutes: 0 },
    ],
  ])('%s', (_what, of, en, station = hanoi) => {
    expect(describeClock(judgeClock(of, station), of).en).toBe(en);
  });

  test('is reported in Vietnamese too', () => {
    const vi = (of: ClockLags) => describeClock(judgeClock(of, hanoi), of).vi;
    expect(vi(lags(-1200))).toBe('nhanh ít nhất 20 phút');
    expect(vi(lags(5 * hour + 600))).toBe('chậm tối đa 5 giờ 10 phút, hoặc tệp gửi muộn');
    expect(vi(lags(7 * hour))).toBe('chậm 7 giờ: có thể datalogger ghi giờ UTC, hoặc tệp gửi muộn');
    expect(vi(lags(-5))).toBe('không lệch đáng kể (nhanh ít nhất 5 giây)');
  });
});

test('never claims more than is true, whatever the clock and however files are sent', () => {
  const delays = fc.array(fc.double({ min: 0, max: 12 * hour, noNaN: true }), { minLength: 1 });
  const offset = fc.double({ min: -24 * hour, max: 24 * hour, noNaN: true });
  fc.assert(
    fc.property(offset, delays, (trueOffset, delay) => {
      const measured = delay.map((seconds) => seconds - trueOffset).sort((a, b) => a - b);
      const least = measured[0]!;
      const median = measured[Math.floor(measured.length / 2)]!;
      const judgement = judgeClock(lags(least, median, measured.length), hanoi);
      // Cannot be distinguished from the rounding of the subtraction.
      const exactly = 1e-6;
      expect(trueOffset).toBeGreaterThanOrEqual(-least - exactly);
      if (judgement.kind === 'ahead')
        expect(trueOffset).toBeGreaterThanOrEqual(judgement.bySeconds - exactly);
    }),
  );
});
