/**
 * Whether a reading is a valid measurement: the device was measuring, and gave a value or a bound that no rule
 * of the row takes for bad. By its stored flag and reasons.
 */
export function isValidReading(flag: number, reasons: readonly string[]): boolean {
  if (flag === 1 || flag === 3) return true;
  // A bound is a result too: there was less than the device can tell, or more.
  if (flag !== 2 || reasons.some((reason) => reason.startsWith('status-'))) return false;
  return reasons.some(
    (reason) => reason.startsWith('censored@') || reason.startsWith('not-detected@'),
  );
}
