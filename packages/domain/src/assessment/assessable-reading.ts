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

/** What rules over time found about one reading. */
export interface Verdict {
  readonly parameter: string;
  readonly instant: number;
  /** The revision that was judged. */
  readonly revision: number;
  /** 3 suspect, 4 bad: the worst of its reasons. */
  readonly flag: 3 | 4;
  /** Stored form, by rule code. */
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
