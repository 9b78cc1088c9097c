import type { SaturationRule } from '@envigate/contracts';
import type { Stretch } from './assessable-reading.ts';
import { longRuns, partBy, reachOfRuns, type RunLimits } from './long-runs.ts';
import { maxGapMs, minuteMs, type Finding, type Measuring } from './measuring.ts';

/** The value stays at the top of the device's range: what is above it cannot be seen. */
export function saturation(
  rule: SaturationRule,
  stretch: Stretch,
  measuring: Measuring,
): readonly Finding[] {
  const { range } = measuring;
  if (range === undefined) return [];
  const top = range.max - ((rule.marginPercent ?? 0) / 100) * (range.max - range.min);
  const threshold = `≥ ${top} for ${rule.minutes} min`;
  return partBy(stretch, ({ value }) => value >= top)
    .flatMap((part) => longRuns(part, limitsOf(rule, measuring), Infinity))
    .map(({ reading }) => ({ reading, flag: rule.flag ?? 3, threshold }));
}

export function reachOfSaturation(rule: SaturationRule, measuring: Measuring): number {
  return reachOfRuns(limitsOf(rule, measuring));
}

function limitsOf(rule: SaturationRule, measuring: Measuring): RunLimits {
  const { minutes, readings = 3, maxGapMinutes = 60 } = rule;
  const durationMs = minutes * minuteMs;
  return { durationMs, readings, maxGapMs: maxGapMs(maxGapMinutes, measuring) };
}
