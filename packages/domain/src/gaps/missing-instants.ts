import { cycleOf, type GapRules } from './gap-rules.ts';
import type { Stretch } from './stretches.ts';

/** Instants that did not come, evenly apart. UTC milliseconds since 1970. */
export interface MissingRange {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Between two of them. */
  readonly stepMs: number;
}

/** What of the data of a station, or of one of its parameters, is there. */
export interface Completeness {
  readonly received: number;
  /** Of these, what came later than a silence may last. */
  readonly late: number;
  /** In order; without time in which nothing was expected. */
  readonly missing: readonly MissingRange[];
}

/** What came of a series in a time. UTC milliseconds since 1970. */
export interface SeriesPresence {
  /** Instants within the time, each counted once, and those of them that came late. */
  readonly received: number;
  readonly late: number;
  /** The first and last of them; undefined where nothing came. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The last one before the time, where it is known: it says when the next was due. */
  readonly before: number | undefined;
  /** Pairs within the time that follow each other, in order: at least those more than one and a half steps apart. */
  readonly apart: readonly (readonly [number, number])[];
}

export interface CompletenessQuestion {
  /** Half open. */
  readonly within: { readonly from: number; readonly to: number };
  readonly presence: SeriesPresence;
  /** Time in which nothing was expected: planned stops. */
  readonly stops: readonly Stretch[];
}

/**
 * The part of a time in which data can be expected to be there by `now`: from the begin of the station on, and without
 * the end whose files may still be on their way.
 */
export function timeExpected(
  { startsAt, grace }: Pick<GapRules, 'startsAt' | 'grace'>,
  { from, to }: CompletenessQuestion['within'],
  now: number,
): CompletenessQuestion['within'] {
  const begin = Math.max(from, startsAt ?? -Infinity);
  return { from: begin, to: Math.max(begin, Math.min(to, now - grace)) };
}

/**
 * Which instants are missing. A logger keeps its own rhythm, with whatever seconds: what is due follows from the
 * instant before, or from the one after where there is none, and from the full interval where nothing came at all.
 */
export function missingInstants(
  rules: Pick<GapRules, 'intervals' | 'parameters'>,
  parameter: string | undefined,
  { within, presence, stops }: CompletenessQuestion,
): Completeness {
  const { from, to } = within;
  const due = [...dueIn(within, presence, stepsOf(rules, parameter))];
  const missing = due.filter(({ at }) => at >= from && at < to && !isIn(stops, at));
  return { received: presence.received, late: presence.late, missing: inRanges(missing) };
}

/** The least time between two instants of a series that can be missing in between; for what asks for `apart`. */
export function leastStep(
  rules: Pick<GapRules, 'intervals' | 'parameters'>,
  parameter: string | undefined,
): number {
  const cycle = cycleOf(rules, parameter);
  return Math.min(...rules.intervals.map(({ ms }) => Math.max(ms, cycle)));
}

/** Every instant of a range. */
export function* instantsOfRange({ first, count, stepMs }: MissingRange): Generator<number> {
  for (let i = 0; i < count; i++) yield first + i * stepMs;
}

/** Share of what was expected, 0 to 1; undefined where nothing was. */
export function receivedShare(found: Completeness): number | undefined {
  const expected = found.received + countMissing(found);
  return expected === 0 ? undefined : found.received / expected;
}

export function countMissing({ missing }: Completeness): number {
  return missing.reduce((sum, { count }) => sum + count, 0);
}

interface Due {
  readonly at: number;
  readonly stepMs: number;
}

type StepAt = (instant: number) => number;

function stepsOf(
  rules: Pick<GapRules, 'intervals' | 'parameters'>,
  parameter: string | undefined,
): StepAt {
  const cycle = cycleOf(rules, parameter);
  return (instant) => {
    const interval = rules.intervals.findLast(({ from }) => from <= instant);
    return Math.max(interval?.ms ?? 0, cycle);
  };
}

function* dueIn(
  { from, to }: CompletenessQuestion['within'],
  { first, last, before, apart }: SeriesPresence,
  stepAt: StepAt,
): Generator<Due> {
  if (before !== undefined) yield* dueAfter(before, first ?? to, stepAt);
  else if (first !== undefined) yield* dueBefore(first, from, stepAt);
  else yield* dueFrom(from, to, stepAt);
  for (const [at, next] of apart) yield* dueAfter(at, next, stepAt);
  if (last !== undefined) yield* dueAfter(last, to, stepAt);
}

/** What was due between an instant that came and the next one. A file may be early by half of its interval. */
function* dueAfter(instant: number, next: number, stepAt: StepAt): Generator<Due> {
  let stepMs = stepAt(instant);
  for (let at = instant + stepMs; at < next - stepMs / 2; at += stepMs) {
    yield { at, stepMs };
    stepMs = stepAt(at);
  }
}

function dueBefore(instant: number, from: number, stepAt: StepAt): readonly Due[] {
  const due: Due[] = [];
  for (let at = instant - stepAt(instant); at >= from; at -= stepAt(at))
    due.push({ at, stepMs: stepAt(at) });
  return due.reverse();
}

function* dueFrom(from: number, to: number, stepAt: StepAt): Generator<Due> {
  for (let at = Math.ceil(from / stepAt(from)) * stepAt(from); at < to; at += stepAt(at))
    yield { at, stepMs: stepAt(at) };
}

function isIn(stretches: readonly Stretch[], at: number): boolean {
  return stretches.some(({ from, to }) => at >= from && (to === undefined || at < to));
}

function inRanges(due: readonly Due[]): readonly MissingRange[] {
  const ranges: MissingRange[] = [];
  for (const { at, stepMs } of due) {
    const last = ranges.at(-1);
    if (last !== undefined && at === last.last + last.stepMs && stepMs === last.stepMs)
      ranges[ranges.length - 1] = { ...last, last: at, count: last.count + 1 };
    else ranges.push({ first: at, last: at, count: 1, stepMs });
  }
  return ranges;
}
