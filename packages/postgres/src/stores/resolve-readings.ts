import type { Censored } from '@envigate/contracts';

/** What is compared when a reading comes again. */
export interface ReadingValue {
  readonly value: number | null;
  readonly censored?: Censored | undefined;
  readonly unit: string;
  readonly status: string;
}

export type ReadingOutcome = 'new' | 'repeat' | 'correction';

export interface ResolvedReading<C extends ReadingValue> {
  /** One per candidate, in order. */
  readonly outcomes: readonly ReadingOutcome[];
  /** The candidates that became the current value, one after the other; empty where none did. */
  readonly accepted: readonly C[];
}

/**
 * What becomes of the candidates for one key, in the order of their arrival: the current value again
 * is a repeat, another one is a correction and current from then on.
 */
export function resolveReadings<C extends ReadingValue>(
  current: ReadingValue,
  candidates: readonly C[],
): ResolvedReading<C> {
  const outcomes: ReadingOutcome[] = [];
  const accepted: C[] = [];
  let now = current;
  for (const candidate of candidates) {
    if (isSame(now, candidate)) {
      outcomes.push('repeat');
      continue;
    }
    outcomes.push('correction');
    accepted.push(candidate);
    now = candidate;
  }
  return { outcomes, accepted };
}

export function isSame(a: ReadingValue, b: ReadingValue): boolean {
  return (
    a.value === b.value &&
    a.unit === b.unit &&
    a.status === b.status &&
    a.censored?.relation === b.censored?.relation &&
    a.censored?.limit === b.censored?.limit
  );
}
