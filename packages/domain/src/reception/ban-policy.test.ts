import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  banLengthMs,
  isBanned,
  isForgotten,
  noOffences,
  userForLog,
  withFailure,
  type BanPolicy,
  type Offences,
} from './guessing.ts';

const minute = 60_000;
const policy: BanPolicy = {
  failuresToBan: 10,
  windowMs: 10 * minute,
  banMs: minute,
  maxBanMs: 1440 * minute,
};
const start = Date.UTC(2026, 10, 24);

/** Failures from `fromMs` on, so many and so far apart. */
function fail(
  before: Offences,
  count: number,
  { fromMs = start, everyMs = 1000, guess = (n: number): string | undefined => `guess ${n}` } = {},
): Offences {
  let offences = before;
  for (let n = 0; n < count; n += 1) {
    offences = withFailure(offences, { atMs: fromMs + n * everyMs, guess: guess(n) }, policy);
  }
  return offences;
}

describe('bans', () => {
  test('the tenth guess within the window bans, the ninth does not', () => {
    expect(isBanned(fail(noOffences, 9), start + 10_000)).toBe(false);
    const banned = fail(noOffences, 10);
    expect(isBanned(banned, start + 9000)).toBe(true);
    expect(isBanned(banned, start + 9000 + minute - 1)).toBe(true);
    expect(isBanned(banned, start + 9000 + minute)).toBe(false);
  });

  test('guesses that are too far apart do not', () => {
    expect(fail(noOffences, 1000, { everyMs: 1.2 * minute }).bans).toBe(0);
  });

  test('each further ban lasts twice as long, up to the cap', () => {
    let offences = noOffences;
    let at = start;
    const lengths: number[] = [];
    for (let n = 0; n < 14; n += 1) {
      offences = fail(offences, 10, { fromMs: at, everyMs: 0 });
      lengths.push((offences.bannedUntilMs - at) / minute);
      at = offences.bannedUntilMs;
    }
    expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440]);
  });

  test('who stays quiet as long as the ban lasted begins anew', () => {
    let offences = fail(noOffences, 10, { everyMs: 0 });
    offences = fail(offences, 10, { fromMs: offences.bannedUntilMs, everyMs: 0 });
    expect(offences.bans).toBe(2);
    const quiet = offences.bannedUntilMs + policy.windowMs;
    expect(isForgotten(offences, quiet - 1)).toBe(false);
    expect(isForgotten(offences, quiet)).toBe(true);
    expect(fail(offences, 10, { fromMs: quiet - 1, everyMs: 0 }).bans).toBe(3);
    expect(fail(offences, 10, { fromMs: quiet, everyMs: 0 }).bans).toBe(1);
  });

  test('a logger that repeats one old password every 50 s is never banned', () => {
    expect(fail(noOffences, 10_000, { everyMs: 50_000, guess: () => 'old' }).bans).toBe(0);
  });

  test('repeats and empty connections count a tenth', () => {
    expect(fail(noOffences, 90, { everyMs: 0, guess: () => 'old' }).bans).toBe(0);
    expect(fail(noOffences, 91, { everyMs: 0, guess: () => 'old' }).bans).toBe(1);
    expect(fail(noOffences, 99, { everyMs: 0, guess: () => undefined }).bans).toBe(0);
    expect(fail(noOffences, 100, { everyMs: 0, guess: () => undefined }).bans).toBe(1);
  });

  test('a clock set back neither bans for ever nor keeps a window open', () => {
    const offences = fail(noOffences, 9);
    const earlier = withFailure(offences, { atMs: start - 86_400_000, guess: 'x' }, policy);
    expect(earlier.score).toBe(10);
    expect(earlier.bans).toBe(0);
  });

  test('whatever comes, a ban has a length between the first and the cap', () => {
    const failure = fc.record({
      gapMs: fc.integer({ min: 0, max: 3_000_000 }),
      guess: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { nil: undefined }),
    });
    const small = { ...policy, failuresToBan: 3 };
    fc.assert(
      fc.property(fc.array(failure, { maxLength: 200 }), (failures) => {
        let at = start;
        let offences = noOffences;
        for (const { gapMs, guess } of failures) {
          at += gapMs;
          const bansBefore = offences.bans;
          offences = withFailure(offences, { atMs: at, guess }, small);
          expect(offences.guesses.length).toBeLessThan(small.failuresToBan);
          if (offences.bans > bansBefore) {
            expect(offences.bannedUntilMs - at).toBe(banLengthMs(offences.bans, small));
          }
        }
        expect(isForgotten(offences, at + 3 * policy.maxBanMs)).toBe(true);
      }),
    );
    expect(banLengthMs(1, policy)).toBe(minute);
    expect(banLengthMs(1e9, policy)).toBe(policy.maxBanMs);
  });
});

test('what can be a code is written down, and nothing else', () => {
  expect(userForLog('tram01')).toBe('tram01');
  expect(userForLog('NinhBinh_TT-01.a')).toBe('NinhBinh_TT-01.a');
  for (const user of ['', 'p@ss word', '-x', 'a\nb', 'Trạm', 'x'.repeat(65), 'tram01\r']) {
    expect(userForLog(user)).toBe('(no account code)');
  }
});
