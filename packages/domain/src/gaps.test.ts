import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyInstants,
  applySilence,
  gapLevel,
  type Arrival,
  type Gap,
  type GapChange,
  type Timeline,
} from './gaps.ts';

const minute = 60_000;
const settings = { interval: 5 * minute, grace: 15 * minute };
const at = (minutes: number): number => minutes * minute;

/** Applies data received as they were measured, unless said otherwise. */
function arrive(timeline: Timeline | undefined, minutes: number[], receivedAt?: number) {
  const instants = minutes.map(at);
  return applyInstants(
    timeline,
    { instants, receivedAt: at(receivedAt ?? Math.max(...minutes)) },
    settings,
  )!;
}

const closed = (from: number, to: number): Gap => ({
  from: at(from),
  to: at(to),
  level: gapLevel(at(to - from)),
});
const open = (from: number, level: Gap['level']): Gap => ({ from: at(from), to: undefined, level });
const kinds = (changes: readonly GapChange[]) => changes.map((change) => change.kind);

describe('data', () => {
  test('at the expected interval make no gap', () => {
    const { timeline, changes } = arrive(undefined, [10, 0, 5]);
    expect(timeline).toEqual({ first: at(0), last: at(10), gaps: [] });
    expect(changes).toEqual([]);
  });

  test('exactly interval and grace apart make no gap, a millisecond more does', () => {
    expect(arrive(undefined, [0, 20]).timeline.gaps).toEqual([]);
    const late = applyInstants(
      { first: 0, last: 0, gaps: [] },
      { instants: [at(20) + 1], receivedAt: at(20) + 1 },
      settings,
    )!;
    expect(late.timeline.gaps).toEqual([{ from: 0, to: at(20) + 1, level: '15min' }]);
  });

  test('after a silence make a closed gap', () => {
    const first = arrive(undefined, [0]);
    const { timeline, changes } = arrive(first.timeline, [90]);
    expect(timeline.gaps).toEqual([closed(0, 90)]);
    expect(changes).toEqual([
      { kind: 'closed', before: undefined, after: closed(0, 90), cause: at(90) },
    ]);
  });

  test('before the first extend the coverage, with a gap between', () => {
    const { timeline } = arrive(arrive(undefined, [100]).timeline, [0, 5]);
    expect(timeline).toEqual({ first: at(0), last: at(100), gaps: [closed(5, 100)] });
  });

  test('inside a gap split it; the earlier part goes on as the same gap', () => {
    const gap = arrive(undefined, [0, 800]).timeline;
    const { timeline, changes } = arrive(gap, [400], 810);
    expect(timeline.gaps).toEqual([closed(0, 400), closed(400, 800)]);
    expect(changes).toEqual([
      { kind: 'shrunk', before: closed(0, 800), after: closed(0, 400), cause: at(400) },
      { kind: 'closed', before: undefined, after: closed(400, 800), cause: at(800) },
    ]);
  });

  test('at the edge of a gap shrink it', () => {
    const gap = arrive(undefined, [0, 100]).timeline;
    expect(arrive(gap, [10], 100).timeline.gaps).toEqual([closed(10, 100)]);
    expect(arrive(gap, [90], 100).timeline.gaps).toEqual([closed(0, 90)]);
  });

  test('that fill a gap remove it', () => {
    const gap = arrive(undefined, [0, 60]).timeline;
    const { timeline, changes } = arrive(gap, [20, 40], 60);
    expect(timeline.gaps).toEqual([]);
    expect(changes).toEqual([
      { kind: 'removed', before: closed(0, 60), after: undefined, cause: at(40) },
    ]);
  });

  test('known already change nothing', () => {
    const { timeline } = arrive(undefined, [0, 5, 90]);
    const again = arrive(timeline, [0, 5, 90], 200);
    expect(again).toEqual({ timeline, changes: [] });
  });

  test('after an open gap close it', () => {
    const silent: Timeline = { first: 0, last: 0, gaps: [open(0, '1h')] };
    const { timeline, changes } = arrive(silent, [70]);
    expect(timeline).toEqual({ first: 0, last: at(70), gaps: [closed(0, 70)] });
    expect(kinds(changes)).toEqual(['closed']);
  });

  test('of a backlog sent oldest first shrink the open gap and close it once', () => {
    let timeline: Timeline = { first: 0, last: 0, gaps: [open(0, '12h')] };
    const seen: string[] = [];
    for (let minutes = 5; minutes <= 800; minutes += 5) {
      const applied = arrive(timeline, [minutes], 800);
      timeline = applied.timeline;
      seen.push(...kinds(applied.changes));
    }
    expect(timeline).toEqual({ first: 0, last: at(800), gaps: [] });
    // Up to 780 the newest data are still more than 20 minutes old when they are received.
    expect(seen).toEqual([...Array<string>(155).fill('shrunk'), 'removed']);
  });

  test('of a backlog sent newest first close the gap and fill it from its end', () => {
    let timeline: Timeline = { first: 0, last: 0, gaps: [open(0, '12h')] };
    const seen: string[] = [];
    for (let minutes = 800; minutes > 0; minutes -= 5) {
      const applied = arrive(timeline, [minutes], 800);
      timeline = applied.timeline;
      seen.push(...kinds(applied.changes));
    }
    expect(timeline.gaps).toEqual([]);
    expect(seen.at(0)).toBe('closed');
    expect(seen.at(-1)).toBe('removed');
    expect(new Set(seen.slice(1, -1))).toEqual(new Set(['shrunk']));
  });
});

describe('silence', () => {
  const heard: Timeline = { first: 0, last: 0, gaps: [] };
  const silence = (minutes: number, listeningSince = 0) => ({
    now: at(minutes),
    listeningSince: at(listeningSince),
  });

  test('opens a gap after interval and grace, not before', () => {
    expect(applySilence(heard, silence(20), settings)).toBeUndefined();
    const opened = applySilence(heard, silence(21), settings)!;
    expect(opened.timeline.gaps).toEqual([open(0, '15min')]);
    expect(opened.change.kind).toBe('opened');
  });

  test('raises the level at one hour and at twelve, each once', () => {
    let timeline = heard;
    const changes: string[] = [];
    for (let minutes = 0; minutes <= 1500; minutes += 10) {
      const next = applySilence(timeline, silence(minutes), settings);
      if (next === undefined) continue;
      timeline = next.timeline;
      changes.push(`${next.change.kind} ${next.change.after?.level} at ${minutes}`);
    }
    expect(changes).toEqual(['opened 15min at 30', 'level 1h at 60', 'level 12h at 720']);
  });

  test('is not counted while the gateway could not hear', () => {
    expect(applySilence(heard, silence(500, 490), settings)).toBeUndefined();
    expect(applySilence(heard, silence(511, 490), settings)!.timeline.gaps).toEqual([
      open(0, '1h'),
    ]);
  });

  test('never lowers a level', () => {
    const timeline: Timeline = { first: 0, last: 0, gaps: [open(0, '12h')] };
    expect(applySilence(timeline, silence(100), settings)).toBeUndefined();
  });
});

describe('whatever the order', () => {
  // Minutes near each other, so that gaps, splits and fills all occur.
  const instants = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), {
    minLength: 1,
    maxLength: 60,
  });
  const arrivals = instants.chain((minutes) =>
    fc.record({
      minutes: fc.constant(minutes),
      shuffled: fc.shuffledSubarray(minutes, { minLength: minutes.length }),
      cuts: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1 }),
      delays: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1 }),
    }),
  );

  function batches(minutes: readonly number[], cuts: readonly number[]): number[][] {
    const result: number[][] = [];
    for (let from = 0, i = 0; from < minutes.length; i++) {
      const length = cuts[i % cuts.length]!;
      result.push(minutes.slice(from, from + length));
      from += length;
    }
    return result;
  }

  test('and batching of arrivals, with looks in between, the gaps are those of the sorted instants', () => {
    fc.assert(
      fc.property(arrivals, ({ minutes, shuffled, cuts, delays }) => {
        const end = { now: at(800), listeningSince: 0 };
        let timeline: Timeline | undefined;
        let clock = 0;
        for (const [index, batch] of batches(shuffled, cuts).entries()) {
          clock = Math.max(clock + delays[index % delays.length]!, ...batch);
          const arrival: Arrival = { instants: batch.map(at), receivedAt: at(clock) };
          timeline = applyInstants(timeline, arrival, settings)!.timeline;
          const look = { now: Math.min(at(clock), end.now), listeningSince: 0 };
          timeline = applySilence(timeline, look, settings)?.timeline ?? timeline;
        }
        const final = applySilence(timeline!, end, settings)?.timeline ?? timeline!;

        const sorted = [...minutes].sort((a, b) => a - b).map(at);
        const expected = sorted.flatMap((to, index) => {
          const from = sorted[index - 1];
          return from !== undefined && to - from > at(20)
            ? [{ from, to, level: gapLevel(to - from) }]
            : [];
        });
        const last = sorted.at(-1)!;
        expect({ ...final, gaps: final.gaps.filter((gap) => gap.to !== undefined) }).toEqual({
          first: sorted[0],
          last,
          gaps: expected,
        });
        expect(final.gaps.filter((gap) => gap.to === undefined)).toMatchObject([{ from: last }]);
      }),
      { numRuns: 1000 },
    );
  });

  test('the changes replayed one after the other give the gaps', () => {
    fc.assert(
      fc.property(arrivals, ({ shuffled, cuts }) => {
        let timeline: Timeline | undefined;
        const replayed = new Set<Gap>();
        for (const batch of batches(shuffled, cuts)) {
          const applied = applyInstants(
            timeline,
            { instants: batch.map(at), receivedAt: at(Math.max(...shuffled)) },
            settings,
          )!;
          for (const { before, after } of applied.changes) {
            if (before !== undefined) expect(replayed.delete(before)).toBe(true);
            if (after !== undefined) replayed.add(after);
          }
          timeline = applied.timeline;
        }
        const byTime = Array.from(replayed).sort((a, b) => a.from - b.from);
        expect(byTime).toEqual(timeline!.gaps);
      }),
    );
  });
});
