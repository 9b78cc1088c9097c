import type { FileWarning } from '@envigate/contracts';
import { warn } from '../reasons/warn.ts';
import type { StationLine } from '../station-files/station-line.ts';

/** Clocks that are set by the network are seconds apart. */
const toleranceMs = 60_000;

/**
 * A warning where the newest line is later than the reception: no logger measures what is to come. A
 * clock that is behind cannot be told from a file that waited.
 */
export function checkClock(
  lines: readonly StationLine[],
  receivedAtMs: number,
): FileWarning | undefined {
  let aheadMs = 0;
  for (const { instantMs } of lines) aheadMs = Math.max(aheadMs, instantMs - receivedAtMs);
  if (aheadMs <= toleranceMs) return undefined;
  return warn('clock-ahead', `${Math.round(aheadMs / 1000)} s after the reception`);
}
