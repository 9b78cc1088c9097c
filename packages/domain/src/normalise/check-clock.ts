import type { FileWarning } from '@envigate/contracts';
import { clockToleranceMs } from '../clocks/judge-clock.ts';
import { warn } from '../reasons/warn.ts';
import type { StationLine } from '../station-files/station-line.ts';

/**
 * A warning where the newest line is later than the reception: no logger measures what is to come. A
 * clock that is behind cannot be distinguished from a file that waited.
 */
export function checkClock(
  lines: readonly StationLine[],
  receivedAtMs: number,
): FileWarning | undefined {
  let aheadMs = 0;
  for (const { instantMs } of lines) aheadMs = Math.max(aheadMs, instantMs - receivedAtMs);
  if (aheadMs <= clockToleranceMs) return undefined;
  return warn('clock-ahead', `${Math.round(aheadMs / 1000)} s after the reception`);
}
