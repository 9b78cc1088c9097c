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
  const day = name.time.slice(0, dayWidth);
  const isNear =
    isCovered(lines, nameMs, coversMs(name.time)) ||
    // 20260210_0001 is a minute of the day, or the first file of the day.
    (name.mayEndInSerial &&
      isCovered(lines, parseTime(day.padEnd(14, '0'), utcOffsetMinutes) ?? nameMs, coversMs(day)));
  return isNear
    ? undefined
    : warn('name-time-differs', `name ${name.time}, first line ${lines[0]?.time ?? 'none'}`);
}

const dayWidth = 8;

/** How long a time speaks for, from its beginning: one without minutes for its hour or its day. */
function coversMs(time: string): number {
  if (time.length === dayWidth) return 24 * 3_600_000;
  return time.length === dayWidth + 2 ? 3_600_000 : 0;
}

function isCovered(lines: readonly StationLine[], fromMs: number, lengthMs: number): boolean {
  return lines.some(
    ({ instantMs }) =>
      instantMs >= fromMs - toleranceMs && instantMs <= fromMs + lengthMs + toleranceMs,
  );
}
