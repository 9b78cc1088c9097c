import { expect, test } from '@jest/globals';
import type { WatchedGap } from './plan-notices.ts';
import { stationsWithoutData, weeklyMoment } from './weekly-notice.ts';

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

test('stations are named once, by open gaps of the whole station that have the highest level', () => {
  const gap = (station: string, changes: Partial<WatchedGap> = {}): WatchedGap => ({
    ...{ gapId: 1, station, kind: 'transmission', parameter: undefined, from: 0, to: undefined },
    ...{ level: '12h', isFilled: false, excludedMs: 0, isProbablyOurs: false },
    ...{ jointId: undefined, isAcknowledged: false, changedAt: 0 },
    announced: [],
    ...changes,
  });
  const gaps = [
    ...[gap('S2'), gap('S1', { kind: 'no-valid-data' }), gap('S2', { kind: 'no-valid-data' })],
    ...[gap('S3', { level: '1h' }), gap('S4', { to: 1 }), gap('S5', { isFilled: true })],
    gap('S6', { parameter: 'COD' }),
  ];
  expect(stationsWithoutData(gaps)).toEqual(['S1', 'S2']);
});
