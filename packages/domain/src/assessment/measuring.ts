import type { AssessableReading } from './assessable-reading.ts';

export const minuteMs = 60_000;

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
export function absoluteThreshold(
  threshold: number,
  measuredIn: 'unit' | 'percent-of-range' | undefined,
  { range }: Measuring,
): number | undefined {
  if (measuredIn !== 'percent-of-range') return threshold;
  return range === undefined ? undefined : (threshold / 100) * (range.max - range.min);
}

/** At most six significant digits: thresholds are computed, and read by people. */
export function inWords(number: number): string {
  return String(Number(number.toPrecision(6)));
}
