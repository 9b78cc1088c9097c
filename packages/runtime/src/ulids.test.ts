import { expect, test } from '@jest/globals';
import { monotonicUlids, pooledRandom } from './ulids.ts';

test('grow within a millisecond, and after the clock was set back', () => {
  const next = monotonicUlids();
  const ids = [...Array.from({ length: 1000 }, () => 1_000), 500, 999].map((timeMs) =>
    next(timeMs),
  );
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(ids).toHaveLength(1002);
});

test('fills every letter of a ULID, beyond one page and never twice the same', () => {
  const next = monotonicUlids();
  const ids = Array.from({ length: 5000 }, (_, millisecond) => next(millisecond));
  expect(new Set(ids.map((id) => id.slice(10))).size).toBe(5000);
  expect(new Set(ids.flatMap((id) => id.slice(10).match(/./g) ?? [])).size).toBe(32);
});

test('stays in [0, 1)', () => {
  const random = pooledRandom();
  const values = Array.from({ length: 10_000 }, random);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values)).toBeLessThan(1);
});
