export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

const longestAskedForMs = 24 * 3_600_000;

/**
 * How long to wait after one more failure: `firstMs`, doubled with each failure before it, at
 * most `longestMs`; but never less than the other side asked for, within a day: an answer must not
 * switch a target off for years.
 */
export function backOffMs(
  failuresBefore: number,
  { firstMs, longestMs }: BackOff,
  askedForMs = 0,
): number {
  // Beyond 2^30 the longest wait has long been reached.
  const doubled = firstMs * 2 ** Math.min(failuresBefore, 30);
  return Math.max(Math.min(doubled, longestMs), Math.min(askedForMs, longestAskedForMs));
}
