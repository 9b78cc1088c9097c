// The rules over time, one after the other: what each marks, and how far it looks.
import type {
  BilingualText,
  DependentParametersRule,
  FlatLineRule,
  RateOfChangeRule,
  Rule,
  SaturationRule,
  SpikeRule,
} from '@envigate/contracts';
import {
  longRuns,
  partBy,
  pointOf,
  reachOfRuns,
  type AssessableReading,
  type RunLimits,
  type Stretch,
} from './stretches.ts';
import { exactNumber } from '../wording/officers-format.ts';

export const minuteMs = 60_000;
/** From how many minutes on a gap has the level 1h, and 12h, where no rule says so. */
export const defaultGapMinutes = { long: 60, reportable: 720 } as const;

/** How a station measures a parameter, as far as rules over time must know. */
export interface Measuring {
  /** Between two files. */
  readonly intervalMs: number;
  /** Between two results of the analyser; 0 where it is not known to repeat them. */
  readonly cycleMs: number;
  /** Of the device, in the unit of the station's values; undefined where an end is not known. */
  readonly range: { readonly min: number; readonly max: number } | undefined;
}

/** One rule against one reading. */
export interface Finding {
  readonly reading: AssessableReading;
  readonly flag: 3 | 4;
  /** What decided, in words that go into the reason: `180 min`. */
  readonly threshold: string;
}

/** A station that sends once an hour has neighbours an hour apart, whatever the rule says. */
export function maxGapMs(minutes: number, { intervalMs }: Measuring): number {
  return Math.max(minutes * minuteMs, 2 * intervalMs);
}

/** In the unit of the values; undefined where it is given in percent of a range that is not known. */
function absoluteThreshold(
  threshold: number,
  measuredIn: 'unit' | 'percent-of-range' | undefined,
  { range }: Measuring,
): number | undefined {
  if (measuredIn !== 'percent-of-range') return threshold;
  return range === undefined ? undefined : (threshold / 100) * (range.max - range.min);
}

/** At most six significant digits: thresholds are computed, and read by people. */
function inWords(number: number): string {
  return String(Number(number.toPrecision(6)));
}

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
  const limits = flatLineLimits(rule, measuring);
  const parts = rule.exemptZero === true ? partBy(stretch, ({ value }) => value !== 0) : [stretch];
  const threshold = `${limits.durationMs / minuteMs} min`;
  return parts
    .flatMap((part) => longRuns(part, limits, rule.tolerance ?? 0))
    .map(({ reading }) => ({ reading, flag: rule.flag ?? 3, threshold }));
}

export function reachOfFlatLine(rule: FlatLineRule, measuring: Measuring): number {
  return reachOfRuns(flatLineLimits(rule, measuring));
}

function flatLineLimits(rule: FlatLineRule, measuring: Measuring): RunLimits {
  const { minutes, cycles = 1, readings = 3, maxGapMinutes = 60 } = rule;
  return {
    durationMs: Math.max(minutes * minuteMs, cycles * measuring.cycleMs),
    readings,
    maxGapMs: maxGapMs(maxGapMinutes, measuring),
  };
}

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
    .flatMap((part) => longRuns(part, saturationLimits(rule, measuring), Infinity))
    .map(({ reading }) => ({ reading, flag: rule.flag ?? 3, threshold }));
}

export function reachOfSaturation(rule: SaturationRule, measuring: Measuring): number {
  return reachOfRuns(saturationLimits(rule, measuring));
}

function saturationLimits(rule: SaturationRule, measuring: Measuring): RunLimits {
  const { minutes, readings = 3, maxGapMinutes = 60 } = rule;
  const durationMs = minutes * minuteMs;
  return { durationMs, readings, maxGapMs: maxGapMs(maxGapMinutes, measuring) };
}

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

/**
 * A whole that is less than its parts at the same time, as NOx < NO + NO2. Judged only where all of
 * them have a value in the same unit. A hint (3) at all of them: it cannot say which one is wrong.
 */
export function dependentParameters(
  rule: DependentParametersRule,
  atOneInstant: ReadonlyMap<string, AssessableReading>,
): readonly Finding[] {
  const { tolerance = 0, tolerancePercent = 0 } = rule;
  const pointAt = (parameter: string) => {
    const reading = atOneInstant.get(parameter);
    return reading === undefined ? undefined : pointOf(reading);
  };
  const whole = pointAt(rule.whole);
  if (whole === undefined) return [];
  const involved = [whole.reading];
  let sum = 0;
  for (const { parameter, factor = 1 } of rule.parts) {
    const part = pointAt(parameter);
    if (part?.reading.unit !== whole.reading.unit) return [];
    involved.push(part.reading);
    sum += factor * part.value;
  }
  const least = sum - tolerance - (tolerancePercent / 100) * Math.abs(sum);
  if (whole.value >= least) return [];
  const threshold = `${rule.whole} ≥ ${inWords(least)}`;
  return involved.map((reading) => ({ reading, flag: 3, threshold }));
}

/** Its thresholds in short, for lists that people read. */
export function describeThresholds(rule: Rule): BilingualText {
  switch (rule.kind) {
    case 'flat-line': {
      const { minutes, cycles, tolerance = 0 } = rule;
      const isZeroExempt = rule.exemptZero === true;
      const vi = [
        `${exactNumber(minutes)} phút`,
        cycles !== undefined && `hoặc ${exactNumber(cycles)} chu kỳ phân tích`,
        `sai khác không quá ${exactNumber(tolerance)}`,
        isZeroExempt && 'bỏ qua giá trị 0',
      ];
      const en = [
        `${minutes} min`,
        cycles !== undefined && `or ${cycles} analyser cycles`,
        `within ${tolerance}`,
        isZeroExempt && 'zero exempt',
      ];
      return { vi: listOf(vi), en: listOf(en) };
    }
    case 'spike': {
      const { suspectAbove, badAbove } = rule;
      const [unitVi, unit] = unitOf(rule.thresholdIn);
      const [badVi, bad] =
        badAbove === undefined
          ? ['', '']
          : [
              `, không hợp lệ khi > ${exactNumber(badAbove)}${unitVi}`,
              `, bad > ${badAbove}${unit}`,
            ];
      return {
        vi: `nghi ngờ khi > ${exactNumber(suspectAbove)}${unitVi}${badVi}`,
        en: `suspect > ${suspectAbove}${unit}${bad}`,
      };
    }
    case 'rate-of-change': {
      const [unitVi, unit] = unitOf(rule.thresholdIn);
      return {
        vi: `> ${exactNumber(rule.perMinute)}${unitVi} mỗi phút`,
        en: `> ${rule.perMinute}${unit} per min`,
      };
    }
    case 'dependent-parameters': {
      const { whole, parts, tolerance = 0, tolerancePercent = 0 } = rule;
      const least = (write: (number: number) => string): string => {
        const sum = parts.map(({ parameter, factor = 1 }) =>
          factor === 1 ? parameter : `${write(factor)} × ${parameter}`,
        );
        return `${whole} ≥ ${sum.join(' + ')} − ${write(tolerance)} − ${write(tolerancePercent)}`;
      };
      return { vi: `${least(exactNumber)}%`, en: `${least(String)} %` };
    }
    case 'gap-levels': {
      const { long, reportable } = defaultGapMinutes;
      const { graceMinutes, longMinutes = long, reportableMinutes = reportable } = rule;
      const [vi, en] = [exactNumber, String].map((write) =>
        [graceMinutes, longMinutes, reportableMinutes]
          .flatMap((minutes) => (minutes === undefined ? [] : [write(minutes)]))
          .join(' / '),
      );
      return { vi: `${vi} phút`, en: `${en} min` };
    }
    case 'saturation': {
      const { marginPercent = 0, minutes } = rule;
      const topVi =
        marginPercent === 0
          ? 'bằng giới hạn trên'
          : `trong ${exactNumber(marginPercent)}% trên cùng`;
      return {
        vi: `${topVi} của khoảng đo, kéo dài ${exactNumber(minutes)} phút`,
        en: `top ${marginPercent} % of range for ${minutes} min`,
      };
    }
  }
}

function listOf(parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(', ');
}

/** Behind a number, in Vietnamese and in English; the unit of the values is not named. */
function unitOf(measuredIn: SpikeRule['thresholdIn']): readonly [string, string] {
  return measuredIn === 'percent-of-range' ? ['% khoảng đo', ' % of range'] : ['', ''];
}
