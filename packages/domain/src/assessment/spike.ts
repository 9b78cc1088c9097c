import type { SpikeRule } from '@envigate/contracts';
import type { Stretch } from './assessable-reading.ts';
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
  const limits = {
    cycleMs: measuring.cycleMs,
    gapMs: maxGapMs(rule.maxGapMinutes ?? 30, measuring),
  };
  const findings: Finding[] = [];
  for (let from = 0, to = 0; from < stretch.length; from = to) {
    to = endOfResult(stretch, from, limits.gapMs);
    const height = heightOf(stretch, from, to, limits);
    if (height === undefined || height <= suspectAbove) continue;
    const isBad = badAbove !== undefined && height > badAbove;
    const threshold = inWords(isBad ? badAbove : suspectAbove);
    for (const { reading } of stretch.slice(from, to))
      findings.push({ reading, flag: isBad ? 4 : 3, threshold });
  }
  return findings;
}

/** On both sides: the cycle that a result may last, and the way to the neighbour. */
export function reachOfSpike(rule: SpikeRule, measuring: Measuring): number {
  return measuring.cycleMs + maxGapMs(rule.maxGapMinutes ?? 30, measuring);
}

/** Where the result that begins at `from` ends: neighbours of the same value belong to it. */
function endOfResult(stretch: Stretch, from: number, gapMs: number): number {
  let last = stretch[from];
  let to = from + 1;
  for (let point = stretch[to]; point !== undefined; point = stretch[++to]) {
    if (point.value !== last?.value || point.instant - last.instant > gapMs) return to;
    last = point;
  }
  return to;
}

/** Of the result that is the points from `from` up to `to`; undefined where it is no spike of any height. */
function heightOf(
  stretch: Stretch,
  from: number,
  to: number,
  { cycleMs, gapMs }: { readonly cycleMs: number; readonly gapMs: number },
): number | undefined {
  const [previous, first] = [stretch[from - 1], stretch[from]];
  const [last, next] = [stretch[to - 1], stretch[to]];
  if (first === undefined || last === undefined) return undefined;
  if (previous === undefined || next === undefined) return undefined;
  if (first.instant - previous.instant > gapMs || next.instant - last.instant > gapMs)
    return undefined;
  if (to - from > 1 && last.instant - first.instant >= cycleMs) return undefined;
  const { value } = first;
  const isBeyondBoth = (value - previous.value) * (value - next.value) > 0;
  if (!isBeyondBoth) return undefined;
  const middle = (first.instant + last.instant) / 2;
  const share = (middle - previous.instant) / (next.instant - previous.instant);
  return Math.abs(value - (previous.value + share * (next.value - previous.value)));
}
