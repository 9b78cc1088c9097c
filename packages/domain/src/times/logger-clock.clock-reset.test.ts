import { describe, expect, test } from '@jest/globals';
import { looksLikeClockReset, type BackdatedFile } from './logger-clock.ts';

const hour = 3_600_000;
const bounds = { minLagHours: 20, minCorrectedShare: 0.5, minSilenceIntervals: 0.9 };
const now = Date.UTC(2026, 10, 29, 10);
const reset: BackdatedFile = {
  ...{ receivedAt: now, newestTime: now - 24 * hour, readings: 4, known: 4, corrected: 4 },
  ...{ inStepAt: now - 5 * 60_000, intervalMinutes: 5 },
};

describe('a file of a logger whose clock was reset', () => {
  test.each<[string, Partial<BackdatedFile>]>([
    ['by a day', {}],
    ['to the year of its power-up', { newestTime: Date.UTC(2016, 0, 1) }],
    ['and one value is equal by chance', { corrected: 3 }],
    ['and the present file is due within seconds', { inStepAt: now - 298_000 }],
    ['after an outage of the station', { inStepAt: now - 100 * hour }],
  ])('is recognised: %s', (_, change) => {
    expect(looksLikeClockReset({ ...reset, ...change }, bounds)).toBe(true);
  });

  test.each<[string, Partial<BackdatedFile>]>([
    ['backfill: a time is new', { known: 3, corrected: 3 }],
    ['a resend: all is equal', { corrected: 0 }],
    ['a resend with one correction', { corrected: 1 }],
    ['a correction of today', { newestTime: now - 2 * hour }],
    ['a correction beside present files', { inStepAt: now - 2 * 60_000 }],
    ['of a station whose files always come late', { inStepAt: undefined }],
    ['a correction between two hourly files', { inStepAt: now - 0.5 * hour, intervalMinutes: 60 }],
    ['a file without readings', { readings: 0, known: 0, corrected: 0 }],
  ])('is not recognised: %s', (_, change) => {
    expect(looksLikeClockReset({ ...reset, ...change }, bounds)).toBe(false);
  });
});
