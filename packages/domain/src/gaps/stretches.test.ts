import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { intersect, subtract, totalLength, union, type Stretch } from './stretches.ts';

const given = fc.array(
  fc.record({ from: fc.nat(30), to: fc.option(fc.nat(30), { nil: undefined }) }),
  { maxLength: 6 },
);
/** The moments 0–40 that a stretch covers. */
const moments = (stretches: readonly Stretch[]): ReadonlySet<number> =>
  new Set(
    Array.from({ length: 41 }, (_, at) => at).filter((at) =>
      stretches.some(({ from, to }) => from <= at && (to === undefined || at < to)),
    ),
  );
const sorted = (set: Iterable<number>): number[] => [...set].sort((a, b) => a - b);

describe('stretches as sets of moments', () => {
  test('are united, intersected and subtracted as sets are', () => {
    fc.assert(
      fc.property(given, given, (a, b) => {
        const [inA, inB] = [moments(a), moments(b)];
        expect(sorted(moments(union([...a, ...b])))).toEqual(sorted(new Set([...inA, ...inB])));
        expect(sorted(moments(intersect(a, b)))).toEqual(
          sorted([...inA].filter((at) => inB.has(at))),
        );
        expect(sorted(moments(subtract(a, b)))).toEqual(
          sorted([...inA].filter((at) => !inB.has(at))),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test('come in order, apart from one another, and count each moment once', () => {
    fc.assert(
      fc.property(given, given, (a, b) => {
        for (const result of [union(a), intersect(a, b), subtract(a, b)]) {
          result.forEach(({ from, to }, i) => {
            expect(to === undefined || to > from).toBe(true);
            const next = result[i + 1];
            if (next) expect(to).toBeLessThan(next.from);
          });
          const isEndless = result.some(({ to }) => to === undefined);
          expect(totalLength(result)).toBe(isEndless ? Infinity : moments(result).size);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
