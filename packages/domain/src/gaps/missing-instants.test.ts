import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  instantsOfRange,
  leastStep,
  missingInstants,
  receivedShare,
  timeExpected,
  type CompletenessQuestion,
  type SeriesPresence,
} from './missing-instants.ts';

const minute = 60_000;
const start = Date.parse('2026-03-24T17:00:00Z');
const at = (minutes: number): number => start + minutes * minute;
const every5 = {
  intervals: [{ from: -Infinity, ms: 5 * minute }],
  parameters: new Map([['TN', { cycle: 60 * minute }]]),
};
const within = { from: at(0), to: at(60) };
/** What came, of instants in order; pairs that are closer than one and a half of `step` may be left out. */
function presenceOf(
  instants: readonly number[],
  { from, to }: CompletenessQuestion['within'],
  step = 0,
): SeriesPresence {
  const inside = instants.filter((one) => one >= from && one < to);
  const pairs = inside.slice(1).map((one, i) => [inside[i] ?? one, one] as const);
  return {
    ...{ received: inside.length, late: 0, first: inside[0], last: inside.at(-1) },
    before: instants.findLast((one) => one < from),
    apart: pairs.filter(([one, next]) => next - one > 1.5 * step),
  };
}

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
  const presence = presenceOf(instants.map(at), within);
  const question = { within, presence, stops: more.stops ?? [] };
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
    const question = { within: year, presence: presenceOf([], year), stops: [] };
    expect(missingInstants(rules, undefined, question).missing).toEqual([
      { first: year.from, last: year.to - minute, count: 527_040, stepMs: minute },
    ]);
  });

  test('by the cycle of a parameter', () => {
    expect(shown([-60], { parameter: 'TN' }).ranges).toEqual([[0, 0, 1]]);
    expect(shown([0], { parameter: 'TN' }).ranges).toEqual([]);
  });

  test('are expected from the begin of the station, and not while files may be on their way', () => {
    const expected = (startsAt: number | undefined, now: number) => {
      const { from, to } = timeExpected({ startsAt, grace: 15 * minute }, within, at(now));
      return [(from - start) / minute, (to - start) / minute];
    };
    expect(expected(undefined, 1_000)).toEqual([0, 60]);
    expect(expected(at(30), 1_000)).toEqual([30, 60]);
    expect(expected(at(-30), 50)).toEqual([0, 35]);
    expect(expected(at(30), 20)).toEqual([30, 30]);
  });

  test('not while a stop was planned', () => {
    const stops = [{ from: at(10), to: at(30) }];
    expect(shown([0, 5, 30, 40, 45, 50, 55], { stops }).ranges).toEqual([[35, 35, 1]]);
    expect(shown([0, 5], { stops: [{ from: at(10), to: undefined }] }).ranges).toEqual([]);
  });

  test('whatever pairs of neighbours are given beside those that are apart', () => {
    const some = fc.uniqueArray(fc.integer({ min: -30, max: 59 }), { maxLength: 30 });
    fc.assert(
      fc.property(some, fc.constantFrom(undefined, 'TN'), (minutes, parameter) => {
        const instants = minutes.map(at).sort((a, b) => a - b);
        const least = leastStep(every5, parameter);
        const [all, few] = [presenceOf(instants, within), presenceOf(instants, within, least)];
        expect(missingInstants(every5, parameter, { within, presence: few, stops: [] })).toEqual(
          missingInstants(every5, parameter, { within, presence: all, stops: [] }),
        );
      }),
    );
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
        const presence = presenceOf(instants, within, leastStep(every5, undefined));
        const answer = missingInstants(every5, undefined, { within, presence, stops: [] });
        expect(answer.received).toBe(left.length);
        const listed = answer.missing.flatMap((range) => [...instantsOfRange(range)]);
        expect(listed).toEqual(gone.map((one) => at(one) + shift * 1_000));
        expect(receivedShare(answer)).toBeCloseTo(left.length / all.length);
      }),
    );
  });
});
