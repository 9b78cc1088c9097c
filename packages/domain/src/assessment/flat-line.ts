import type { FlatLineRule } from '@envigate/contracts';
import type { Stretch } from './assessable-reading.ts';
import { longRuns, partBy, reachOfRuns, type RunLimits } from './long-runs.ts';
import { maxGapMs, minuteMs, type Finding, type Measuring } from './measuring.ts';

/**
 * The value does not change for `minutes`, or for so many of the analyser's cycles where that is
 * longer: a slow analyser repeats its last result in every file until the next one. The whole run is
 * marked, from its first reading on.
 */
export function flatLine(
  rule: FlatLineRule,
  stretch: Stretch,
  measuring: Measuring,
): readonly Finding[] {
  const limits = limitsOf(rule, measuring);
  const parts = rule.exemptZero === true ? partBy(stretch, ({ value }) => value !== 0) : [stretch];
  const threshold = `${limits.durationMs / minuteMs} min`;
  return parts
    .flatMap((part) => longRuns(part, limits, rule.tolerance ?? 0))
    .map(({ reading }) => ({ reading, flag: rule.flag ?? 3, threshold }));
}

export function reachOfFlatLine(rule: FlatLineRule, measuring: Measuring): number {
  return reachOfRuns(limitsOf(rule, measuring));
}

function limitsOf(rule: FlatLineRule, measuring: Measuring): RunLimits {
  const { minutes, cycles = 1, readings = 3, maxGapMinutes = 60 } = rule;
  return {
    durationMs: Math.max(minutes * minuteMs, cycles * measuring.cycleMs),
    readings,
    maxGapMs: maxGapMs(maxGapMinutes, measuring),
  };
}
