/** A stored reading as rules over time look at it: its current revision, as the row rules left it. */
export interface AssessableReading {
  readonly parameter: string;
  /** Milliseconds since 1970 UTC. */
  readonly instant: number;
  readonly revision: number;
  readonly value: number | null;
  readonly unit: string;
  /** Of the row rules. */
  readonly flag: number;
  readonly reasons: readonly string[];
}

/** A value that counts, at its time. */
export interface Point {
  readonly instant: number;
  readonly value: number;
  readonly reading: AssessableReading;
}

/**
 * Consecutive values of one parameter in one unit, in order of time, that nothing has interrupted.
 * The device calibrating, in fault or in maintenance, a censored value and another unit interrupt;
 * what is no value at all (missing, unreadable, a sentinel, out of range, not evaluated) is as if it
 * had not come, and the time it took counts as a gap.
 */
export type Stretch = readonly Point[];

/** `readings` of one parameter, in order of time. */
export function stretchesOf(readings: readonly AssessableReading[]): readonly Stretch[] {
  const stretches: Point[][] = [];
  let current: Point[] = [];
  let unit: string | undefined;
  const interrupt = (): void => {
    if (current.length > 0) stretches.push(current);
    current = [];
  };
  for (const reading of readings) {
    const point = pointOf(reading);
    if (point === undefined) {
      if (interrupts(reading)) interrupt();
      continue;
    }
    if (unit !== reading.unit) interrupt();
    unit = reading.unit;
    current.push(point);
  }
  interrupt();
  return stretches;
}

/** Undefined where the row rules have not let it pass as a value (flag 1 or 3). */
export function pointOf(reading: AssessableReading): Point | undefined {
  const { instant, value, flag } = reading;
  return value === null || (flag !== 1 && flag !== 3) ? undefined : { instant, value, reading };
}

function interrupts({ reasons }: AssessableReading): boolean {
  return reasons.some((reason) => reason.startsWith('status-') || reason.startsWith('censored@'));
}

/** When a run of neighbours is too long. */
export interface RunLimits {
  /** A run is too long from here on. */
  readonly durationMs: number;
  /** And from so many points on. */
  readonly readings: number;
  /** Points further apart are no neighbours. */
  readonly maxGapMs: number;
}

/** A limit given in decimal fractions is met by differences of decimal fractions, which are not exact. */
const rounding = 1 + 1e-9;

/**
 * Points that lie in some run of neighbours that is too long and whose values lie no further apart
 * than `tolerance`. Any such run counts, not only a longest one: what is marked depends on nothing
 * but the values, and a run stays marked however long it goes on.
 */
export function longRuns(
  stretch: Stretch,
  { durationMs, readings, maxGapMs }: RunLimits,
  tolerance: number,
): readonly Point[] {
  const marked: Point[] = [];
  const most = tolerance * rounding;
  // Indexes of falling values and of rising ones: their heads are the extremes of [from, to].
  let highest: number[] = [];
  let lowest: number[] = [];
  let from = 0;
  let markedTo = -1;
  stretch.forEach((point, to) => {
    const before = stretch[to - 1];
    if (before !== undefined && point.instant - before.instant > maxGapMs) {
      [highest, lowest, from] = [[], [], to];
    }
    const valueAt = (index: number | undefined): number => stretch[index ?? to]?.value ?? NaN;
    while (highest.length > 0 && valueAt(highest.at(-1)) <= point.value) highest.pop();
    while (lowest.length > 0 && valueAt(lowest.at(-1)) >= point.value) lowest.pop();
    highest.push(to);
    lowest.push(to);
    while (valueAt(highest[0]) - valueAt(lowest[0]) > most) {
      if (highest[0] === from) highest.shift();
      if (lowest[0] === from) lowest.shift();
      from += 1;
    }
    const first = stretch[from] ?? point;
    if (point.instant - first.instant < durationMs || to - from + 1 < readings) return;
    marked.push(...stretch.slice(Math.max(from, markedTo + 1), to + 1));
    markedTo = to;
  });
  return marked;
}

/**
 * How far from a point others can lie that decide whether it is in a run too long. One gap beyond
 * the limit: a run that goes on further has a point there, and so is too long already.
 */
export function reachOfRuns({ durationMs, readings, maxGapMs }: RunLimits): number {
  return Math.max(durationMs, (readings - 1) * maxGapMs) + maxGapMs;
}

/** Pieces of a stretch of which every point is kept; the others part them. */
export function partBy(stretch: Stretch, keeps: (point: Point) => boolean): readonly Stretch[] {
  const parts: Point[][] = [[]];
  for (const point of stretch) {
    if (keeps(point)) parts.at(-1)?.push(point);
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}
