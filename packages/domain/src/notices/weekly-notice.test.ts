import { expect, test } from '@jest/globals';
import { weeklyMoment } from './weekly-notice.ts';

const monday = { day: 1, hour: 7 };

test.each([
  // 2026-03-23 is a Monday.
  ['2026-03-23T06:59:59+07:00', undefined],
  ['2026-03-23T07:00:00+07:00', '2026-03-23'],
  ['2026-03-24T06:59:59+07:00', '2026-03-23'],
  ['2026-03-24T07:00:00+07:00', undefined],
  ['2026-03-29T12:00:00+07:00', undefined],
])('at %s the weekly mail that is due is that of %s', (at, day) => {
  expect(weeklyMoment(new Date(at), monday)).toBe(day);
});

test('Sunday is the seventh day', () => {
  const at = new Date('2026-03-29T08:00:00+07:00');
  expect(weeklyMoment(at, { day: 7, hour: 7 })).toBe('2026-03-29');
});
