import type { FileWarning } from '@envigate/contracts';
import type { FileName } from '../file-names/parse-file-name.ts';
import type { StationLine } from '../station-files/station-line.ts';
import { warn } from '../reasons/warn.ts';
import { parseTime } from '../times/parse-time.ts';

/** Loggers name a file by its window's end or by the minute of sending; more apart is odd. */
const toleranceMs = 10 * 60_000;

/** A warning where the time of the name is none of the lines'. The lines' time counts in any case. */
export function checkNameTime(
  name: FileName,
  lines: readonly StationLine[],
  utcOffsetMinutes: number,
): FileWarning | undefined {
  if (lines.some((line) => line.time === name.time)) return undefined;
  const nameMs = parseTime(name.time.padEnd(14, '0'), utcOffsetMinutes);
  if (name.time === '' || nameMs === undefined) {
    return warn('name-time-unreadable', `'${name.time}' is no time`);
  }
  // A name with the day only speaks for the whole day.
  const coversMs = name.time.length === 8 ? 24 * 3_600_000 : 0;
  const near = lines.some(
    ({ instantMs }) =>
      instantMs >= nameMs - toleranceMs && instantMs <= nameMs + coversMs + toleranceMs,
  );
  return near
    ? undefined
    : warn('name-time-differs', `name ${name.time}, first line ${lines[0]?.time ?? 'none'}`);
}
