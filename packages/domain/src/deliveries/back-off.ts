export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait after one more failure: `firstMs`, doubled with each failure before it, at
 * most `longestMs`; but never less than the other side asked for.
 */
export function backOffMs(
  failuresBefore: number,
  { firstMs, longestMs }: BackOff,
  askedForMs = 0,
): number {
  // Beyond 2^30 the longest wait has long been reached.
  const doubled = firstMs * 2 ** Math.min(failuresBefore, 30);
  return Math.max(Math.min(doubled, longestMs), askedForMs);
}
