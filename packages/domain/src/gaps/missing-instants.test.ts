import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instantsOfRange, missingInstants, receivedShare } from './missing-instants.ts';

const minute = 60_000;
const start = Date.parse('2026-03-24T17:00:00Z');
const at = (minutes: number): number => start + minutes * minute;
const every5 = {
  startsAt: undefined,
  intervals: [{ from: -Infinity, ms: 5 * minute }],
  parameters: new Map([['TN', { cycle: 60 * minute }]]),
};
const within = { from: at(0), to: at(60) };
/** In minutes from the start: first, last, count. */
const shown = (
  instants: readonly number[],
  more: {
    rules?: Partial<typeof every5>;
    parameter?: string;
    stops?: { from: number; to: number | undefined }[];
  } = {},
) => {
  const rules = { ...every5, ...more.rules };
  const question = { within, instants: instants.map(at), stops: more.stops ?? [] };
  const { received, missing } = missingInstants(rules, more.parameter, question);
  const ranges = missing.map(({ first, last, count }) => [
    (first - start) / minute,
    (last - start) / minute,
    count,
  ]);
  return { received, ranges };
};
const all = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55];

describe('missing instants', () => {
  test.each<readonly [string, readonly number[], readonly (readonly number[])[]]>([
    ['none where all came', all, []],
    ['of a hole', [0, 5, 10, 30, 35, 40, 45, 50, 55], [[15, 25, 3]]],
    ['at the end', [0, 5, 10, 15, 20, 25, 30, 35, 40], [[45, 55, 3]]],
    ['at the beginning', [45, 50, 55], [[0, 40, 9]]],
    ['after what came before', [-10, 45, 50, 55], [[0, 40, 9]]],
    ['in the rhythm of the logger', [-9, 1, 6, 21, 26, 31, 36, 41, 46, 51, 56], [[11, 16, 2]]],
    ['of a day without anything', [], [[0, 55, 12]]],
    ['not where a file is a little late', [0, 5, 10, 17, 20, 25, 30, 35, 40, 45, 50, 55], []],
  ])('%s', (_name, instants, ranges) => {
    expect(shown(instants).ranges).toEqual(ranges);
  });

  test('of a year without anything, minute by minute', () => {
    const rules = { ...every5, intervals: [{ from: -Infinity, ms: minute }] };
    const year = { from: at(0), to: at(366 * 1_440) };
    const question = { within: year, instants: [], stops: [] };
    expect(missingInstants(rules, undefined, question).missing).toEqual([
      { first: year.from, last: year.to - minute, count: 527_040, stepMs: minute },
    ]);
  });

  test('by the cycle of a parameter', () => {
    expect(shown([-60], { parameter: 'TN' }).ranges).toEqual([[0, 0, 1]]);
    expect(shown([0], { parameter: 'TN' }).ranges).toEqual([]);
  });

  test('not while a stop was planned, nor before the station began', () => {
    const stops = [{ from: at(10), to: at(30) }];
    expect(shown([0, 5, 30, 40, 45, 50, 55], { stops }).ranges).toEqual([[35, 35, 1]]);
    expect(shown([], { rules: { startsAt: at(30) as never } }).ranges).toEqual([[30, 55, 6]]);
    expect(shown([0, 5], { stops: [{ from: at(10), to: undefined }] }).ranges).toEqual([]);
  });

  test('by the interval that held at the time', () => {
    const intervals = [
      { from: -Infinity, ms: 5 * minute },
      { from: at(30), ms: 15 * minute },
    ];
    expect(shown([0, 5, 10, 15, 20], { rules: { intervals } }).ranges).toEqual([
      [25, 30, 2],
      [45, 45, 1],
    ]);
  });

  test('are what was taken away from a full series, whatever was', () => {
    const taken = fc.subarray(all, { minLength: 1 });
    fc.assert(
      fc.property(taken, fc.nat(4), (gone, shift) => {
        const left = all.filter((one) => !gone.includes(one));
        const instants = [-5, ...left].map((one) => at(one) + shift * 1_000);
        const answer = missingInstants(every5, undefined, { within, instants, stops: [] });
        expect(answer.received).toBe(left.length);
        const listed = answer.missing.flatMap((range) => [...instantsOfRange(range)]);
        expect(listed).toEqual(gone.map((one) => at(one) + shift * 1_000));
        expect(receivedShare(answer)).toBeCloseTo(left.length / all.length);
      }),
    );
  });
});
