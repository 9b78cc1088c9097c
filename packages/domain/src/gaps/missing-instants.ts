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
  /** In order; without time in which nothing was expected. */
  readonly missing: readonly MissingRange[];
}

export interface CompletenessQuestion {
  /** Half open. What came just before it, where it is known, says when the next was due. */
  readonly within: { readonly from: number; readonly to: number };
  /** Ascending, each once: those within, and one before where there is one. */
  readonly instants: readonly number[];
  /** Time in which nothing was expected: planned stops. */
  readonly stops: readonly Stretch[];
}

/**
 * Which instants are missing. A logger keeps its own rhythm, with whatever seconds: what is due follows from the
 * instant before, or from the one after where there is none, and from the full interval where nothing came at all.
 */
export function missingInstants(
  rules: Pick<GapRules, 'intervals' | 'parameters' | 'startsAt'>,
  parameter: string | undefined,
  { within, instants, stops }: CompletenessQuestion,
): Completeness {
  const from = Math.max(within.from, rules.startsAt ?? -Infinity);
  const { to } = within;
  const stepAt = stepsOf(rules, parameter);
  const received = instants.filter((at) => at >= from && at < to);
  const before = instants.findLast((at) => at < from);
  const due = [...dueIn({ from, to }, before, received, stepAt)];
  const missing = due.filter(({ at }) => at >= from && at < to && !isIn(stops, at));
  return { received: received.length, missing: inRanges(missing) };
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

/** `before`: the last instant that came before `from`. */
function* dueIn(
  { from, to }: CompletenessQuestion['within'],
  before: number | undefined,
  received: readonly number[],
  stepAt: StepAt,
): Generator<Due> {
  const first = received[0];
  if (before !== undefined) yield* dueAfter(before, first ?? to, stepAt);
  else if (first !== undefined) yield* dueBefore(first, from, stepAt);
  else yield* dueFrom(from, to, stepAt);
  for (const [i, at] of received.entries()) yield* dueAfter(at, received[i + 1] ?? to, stepAt);
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
