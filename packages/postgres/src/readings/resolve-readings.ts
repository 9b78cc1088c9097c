import type { Censored } from '@envigate/contracts';

/** What is compared when a reading comes again. */
export interface ReadingValue {
  readonly value: number | null;
  readonly censored?: Censored | undefined;
  readonly unit: string;
  readonly status: string;
}

/** A value and the bytes that brought it. */
export interface BroughtValue extends ReadingValue {
  /** SHA-256 of the bytes of its file, hexadecimal. */
  readonly contentHash: string;
}

/**
 * `superseded`: the same bytes brought the value before, under another name, and it was corrected
 * since. The correction remains.
 */
export type ReadingOutcome = 'new' | 'repeat' | 'correction' | 'superseded';

export interface ResolvedReading<C extends BroughtValue> {
  /** One per candidate, in order. */
  readonly outcomes: readonly ReadingOutcome[];
  /** The candidates that became the current value, one after the other; empty where none did. */
  readonly accepted: readonly C[];
}

/**
 * What becomes of the candidates for one key, in the order of their arrival: the current value again
 * is a repeat, one that its bytes brought before is superseded, any other is a correction and current
 * from then on. `brought` are the values of the key until now, the current one among them.
 */
export function resolveReadings<C extends BroughtValue>(
  current: ReadingValue,
  candidates: readonly C[],
  brought: readonly BroughtValue[],
): ResolvedReading<C> {
  const outcomes: ReadingOutcome[] = [];
  const accepted: C[] = [];
  let now = current;
  for (const candidate of candidates) {
    if (isSame(now, candidate)) {
      outcomes.push('repeat');
      continue;
    }
    const { contentHash } = candidate;
    const isKnown = (value: BroughtValue) =>
      value.contentHash === contentHash && isSame(value, candidate);
    if (brought.some(isKnown) || accepted.some(isKnown)) {
      outcomes.push('superseded');
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
