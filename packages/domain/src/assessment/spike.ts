import type { SpikeRule } from '@envigate/contracts';
import type { Point, Stretch } from './assessable-reading.ts';
import { absoluteThreshold, inWords, maxGapMs, type Finding, type Measuring } from './measuring.ts';

/**
 * One result that lies beyond both its neighbours and far from the straight line between them. A
 * step or a slope has no such result, whatever the distances in time. Without a neighbour near
 * enough on either side nothing is said. A result that the analyser repeats during its cycle is one
 * result; two that agree are no spike.
 */
export function spike(rule: SpikeRule, stretch: Stretch, measuring: Measuring): readonly Finding[] {
  const suspectAbove = absoluteThreshold(rule.suspectAbove, rule.thresholdIn, measuring);
  if (suspectAbove === undefined) return [];
  const badAbove =
    rule.badAbove === undefined
      ? undefined
      : absoluteThreshold(rule.badAbove, rule.thresholdIn, measuring);
  const gapMs = maxGapMs(rule.maxGapMinutes ?? 30, measuring);
  return resultsOf(stretch, gapMs).flatMap((result, i, results): readonly Finding[] => {
    const height = heightOf(result, results[i - 1], results[i + 1], { ...measuring, gapMs });
    if (height === undefined || height <= suspectAbove) return [];
    const isBad = badAbove !== undefined && height > badAbove;
    const threshold = inWords(isBad ? badAbove : suspectAbove);
    return result.map(({ reading }) => ({ reading, flag: isBad ? 4 : 3, threshold }));
  });
}

/** On both sides: the cycle that a result may last, and the way to the neighbour. */
export function reachOfSpike(rule: SpikeRule, measuring: Measuring): number {
  return measuring.cycleMs + maxGapMs(rule.maxGapMinutes ?? 30, measuring);
}

/** Never empty. */
type Result = readonly Point[];

/** Neighbours of the same value belong to one result. */
function resultsOf(stretch: Stretch, gapMs: number): readonly Result[] {
  const results: Point[][] = [];
  for (const point of stretch) {
    const last = results.at(-1);
    const before = last?.at(-1);
    const isSame = before?.value === point.value && point.instant - before.instant <= gapMs;
    if (isSame) last?.push(point);
    else results.push([point]);
  }
  return results;
}

/** Undefined where it is no spike of any height. */
function heightOf(
  result: Result,
  before: Result | undefined,
  after: Result | undefined,
  { cycleMs, gapMs }: { readonly cycleMs: number; readonly gapMs: number },
): number | undefined {
  const [first, last] = [result[0], result.at(-1)];
  const [previous, next] = [before?.at(-1), after?.[0]];
  if (first === undefined || last === undefined) return undefined;
  if (previous === undefined || next === undefined) return undefined;
  if (first.instant - previous.instant > gapMs || next.instant - last.instant > gapMs)
    return undefined;
  if (result.length > 1 && last.instant - first.instant >= cycleMs) return undefined;
  const { value } = first;
  const isBeyondBoth = (value - previous.value) * (value - next.value) > 0;
  if (!isBeyondBoth) return undefined;
  const middle = (first.instant + last.instant) / 2;
  const share = (middle - previous.instant) / (next.instant - previous.instant);
  return Math.abs(value - (previous.value + share * (next.value - previous.value)));
}
