import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pace } from './batches.ts';

function restsAfter(works: readonly number[]): readonly number[] {
  const pace = new Pace();
  return works.map((work) => pace.restMs(work));
}

const repeated = (work: number, times: number): number[] =>
  Array.from({ length: times }, () => work);

describe('a worker rests', () => {
  test('four times as long as a batch takes, where it takes what it always took', () => {
    expect(restsAfter(repeated(5, 50)).every((rest) => rest >= 20 && rest < 22)).toBe(true);
  });

  test('never less than 10 ms and never more than 300 ms', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (works) => {
        for (const rest of restsAfter(works)) {
          expect(rest).toBeGreaterThanOrEqual(10);
          expect(rest).toBeLessThanOrEqual(300);
        }
      }),
    );
  });

  test('far longer where batches take some times what they took', () => {
    const [quick] = restsAfter([4]).slice(-1);
    const [strained] = restsAfter([...repeated(4, 10), ...repeated(12, 20)]).slice(-1);
    expect(strained! / quick!).toBeGreaterThan(6);
  });

  test('hardly longer after one slow batch', () => {
    const [after] = restsAfter([...repeated(4, 10), 12, 4, 4]).slice(-1);
    expect(after).toBeLessThan(25);
  });

  test('shortly again as soon as batches are quick again', () => {
    const strained = [...repeated(4, 10), ...repeated(40, 50)];
    expect(restsAfter(strained).at(-1)).toBe(300);
    expect(restsAfter([...strained, ...repeated(4, 4)]).at(-1)).toBeLessThan(40);
  });

  test('as on a slower machine once the batches of a quicker one are forgotten', () => {
    const rests = restsAfter([...repeated(3, 10), ...repeated(9, 2000)]);
    expect(rests[30]).toBeGreaterThan(80);
    expect(rests.at(-1)).toBeLessThan(40);
  });
});
