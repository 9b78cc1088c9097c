/** One measured figure beside its baseline of the same run. */
export interface Figure {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  /** What the baseline is. */
  readonly against: string;
  /** Of rates ours / baseline, of times and sizes baseline / ours: above 1 is better than the baseline. */
  readonly ratio: number;
  readonly unit: RateUnit | 'ms' | 'MB';
  readonly goal: number;
}

export type RateUnit = 'files/s' | 'lines/s' | 'readings/s' | 'MB/s';

/** A rate: more is better. */
export function rate(
  name: string,
  ours: number,
  baseline: number,
  against: string,
  goal: number,
  unit: RateUnit = 'files/s',
): Figure {
  return {
    name,
    ours: round(ours),
    baseline: round(baseline),
    against,
    ratio: round(ours / baseline),
    unit,
    goal,
  };
}

/** A time in milliseconds: less is better. */
export function latency(
  name: string,
  ours: number,
  baseline: number,
  against: string,
  goal: number,
): Figure {
  return {
    name,
    ours: round(ours),
    baseline: round(baseline),
    against,
    ratio: round(baseline / ours),
    unit: 'ms',
    goal,
  };
}

/** Memory in bytes against a limit in megabytes: less is better. */
export function memory(name: string, bytes: number, limitMegabytes: number): Figure {
  const ours = bytes / 1024 / 1024;
  return {
    name,
    ours: round(ours),
    baseline: limitMegabytes,
    against: 'the limit',
    ratio: round(limitMegabytes / ours),
    unit: 'MB',
    goal: 1,
  };
}

export function toJsonLine(figure: Figure): string {
  return JSON.stringify(figure);
}

/** The figures as a table for people. */
export function toTable(figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'ours', 'baseline', 'unit', 'ratio', 'goal', 'against'],
    ...figures.map(({ name, ours, baseline, unit, ratio, goal, against }) => [
      name,
      String(ours),
      String(baseline),
      unit,
      `${ratio.toFixed(2)}×`,
      `≥ ${goal}×`,
      against,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
    .join('\n');
}

export function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) throw new Error('a percentile of nothing');
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
