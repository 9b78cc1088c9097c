import type { RateOfChangeRule } from '@envigate/contracts';
import type { Stretch } from './assessable-reading.ts';
import {
  absoluteThreshold,
  inWords,
  maxGapMs,
  minuteMs,
  type Finding,
  type Measuring,
} from './measuring.ts';

/**
 * The value is further from its neighbour before than it can have gone in the time between. That
 * time is at least the analyser's cycle, in which a new result shows at once, and at least a minute.
 */
export function rateOfChange(
  rule: RateOfChangeRule,
  stretch: Stretch,
  measuring: Measuring,
): readonly Finding[] {
  const perMinute = absoluteThreshold(rule.perMinute, rule.thresholdIn, measuring);
  if (perMinute === undefined) return [];
  const gapMs = maxGapMs(rule.maxGapMinutes ?? 30, measuring);
  const threshold = `${inWords(perMinute)}/min`;
  return stretch.flatMap((point, i): readonly Finding[] => {
    const before = stretch[i - 1];
    if (before === undefined || point.instant - before.instant > gapMs) return [];
    const tookMs = Math.max(point.instant - before.instant, measuring.cycleMs, minuteMs);
    const isTooFast = Math.abs(point.value - before.value) / (tookMs / minuteMs) > perMinute;
    return isTooFast ? [{ reading: point.reading, flag: rule.flag ?? 3, threshold }] : [];
  });
}

/** Only backwards: it looks at the neighbour before. */
export function reachOfRateOfChange(rule: RateOfChangeRule, measuring: Measuring): number {
  return maxGapMs(rule.maxGapMinutes ?? 30, measuring);
}
