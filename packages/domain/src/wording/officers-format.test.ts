import { describe, expect, test } from '@jest/globals';
import {
  describeTimeFault,
  exactNumber,
  officersDuration,
  officersNumber,
  officersTime,
  parseGivenTime,
  parseOfficersTime,
  sizeInWords,
} from './officers-format.ts';

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

test.each([
  [12 * 60 + 15, '12 giờ 15 phút', '12 h 15 min'],
  [2 * 60 + 45, '02 giờ 45 phút', '2 h 45 min'],
  [59.9, '59 phút', '59 min'],
  [72 * 60 + 59, '72 giờ 59 phút', '72 h 59 min'],
  [77 * 60, '3 ngày 5 giờ', '3 d 5 h'],
  [-1, '0 phút', '0 min'],
])('a duration of %d minutes is written %s', (minutes, vi, en) => {
  expect(officersDuration(minutes * 60_000)).toEqual({ vi, en });
});

test.each([
  [1234.5678, '1.234,5678'],
  [0.1, '0,1'],
  [120, '120'],
])('the exact number %d is written %s', (value, text) => {
  expect(exactNumber(value)).toBe(text);
});

describe('a time that is given', () => {
  test.each([
    ['2026-03-25T00:00:00Z', '2026-03-25T00:00:00.000Z'],
    ['2026-03-25t00:00:00z', '2026-03-25T00:00:00.000Z'],
    ['2026-03-25T00:00:00+07:00', '2026-03-24T17:00:00.000Z'],
    ['2026-03-25T00:00:00 07:00', '2026-03-24T17:00:00.000Z'],
    ['2026-03-25T00:00:00-03:30', '2026-03-25T03:30:00.000Z'],
    ['2026-03-25T00:00:00.5Z', '2026-03-25T00:00:00.500Z'],
    ['2026-03-25T00:00:00.123456789Z', '2026-03-25T00:00:00.123Z'],
    ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseGivenTime(text)?.toISOString()).toBe(instant);
  });

  test.each([
    '2026-03-25',
    '2026-03-25T00:00:00',
    '2026-03-25T00:00Z',
    '2026-03-25 00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-25T24:00:00Z',
    '2026-03-25T23:60:00Z',
    '2026-03-25T00:00:00+25:00',
    '2026-03-25T00:00:00+0700',
    '+002026-03-25T00:00:00Z',
    '20260325000000',
    '',
  ])('%j is not a time', (text) => {
    expect(parseGivenTime(text)).toBeUndefined();
  });
});

describe('a time that an officer writes', () => {
  test.each([
    ['25/03/2026 06:20', '2026-03-24T23:20:00.000Z'],
    ['25/3/2026 6:20', '2026-03-24T23:20:00.000Z'],
    ['25/03/2026 06:20:54', '2026-03-24T23:20:54.000Z'],
    [' 25/03/2026T06:20 ', '2026-03-24T23:20:00.000Z'],
    ['25/03/2026', '2026-03-24T17:00:00.000Z'],
    ['25/03/2026 24:00', '2026-03-25T17:00:00.000Z'],
    ['29/02/2024 00:00', '2024-02-28T17:00:00.000Z'],
  ])('%s is %s, as of the clock of Vietnam', (text, instant) => {
    expect(parseOfficersTime(text)?.toISOString()).toBe(instant);
    expect(parseGivenTime(text)?.toISOString()).toBe(instant);
  });

  test.each(['03/25/2026 00:00', '29/02/2026', '25/03/26 06:20', '25/03/2026 6', '25.03.2026'])(
    '%s is not one',
    (text) => {
      expect(parseGivenTime(text)).toBeUndefined();
    },
  );

  test('is shown where another text was given', () => {
    expect(describeTimeFault('25.03.2026')).toEqual({
      vi: '"25.03.2026" không đúng định dạng thời gian; ví dụ 25/03/2026 00:00 hoặc 2026-03-25T00:00:00+07:00',
      en: '"25.03.2026" is not a time in a known form; write it like 25/03/2026 00:00 or 2026-03-25T00:00:00+07:00',
    });
    expect(describeTimeFault('2026-03-25').vi).toContain('thiếu giờ');
  });
});

test.each([
  [0, '0 MiB', '0.0 MiB'],
  [1_572_864, '1,5 MiB', '1.5 MiB'],
  [2 ** 30 - 2 ** 20, '1.023 MiB', '1023.0 MiB'],
  [1.25 * 2 ** 30, '1,3 GiB', '1.3 GiB'],
])('a size of %d bytes', (bytes, vi, en) => {
  expect(sizeInWords(bytes)).toEqual({ vi, en });
});
