import { readNameTime } from './name-time.ts';

/** A file name taken apart. Nothing is taken by position: loggers write two, three and four parts. */
export interface FileName {
  /** What stands before the time, without the '_' between; the whole stem where there is no time. */
  readonly prefix: string;
  /** The digits of the time: yyyyMMddHHmmss, yyyyMMddHHmm, yyyyMMddHH or yyyyMMdd; '' for none. */
  readonly time: string;
}

const timeWidths = [14, 12, 8] as const;

/**
 * `TB_CAPH_NUOSXL_20260325000000.txt` → prefix `TB_CAPH_NUOSXL`, time `20260325000000`.
 * The time is the end of the last run of at least 14 digits, else of 12, else of 8: in
 * `NUO00120260325000000.txt` the prefix itself ends in digits.
 * `nameTime` is how a profile says that the time is written instead.
 */
export function parseFileName(name: string, nameTime?: string): FileName {
  const stem = name.replace(/\.[^.]*$/, '');
  if (nameTime !== undefined) {
    const read = readNameTime(stem, nameTime);
    return read === undefined
      ? { prefix: stem, time: '' }
      : { prefix: withoutJoint(read.before), time: read.time };
  }
  for (const width of timeWidths) {
    const end = endOfLastDigits(stem, width);
    if (end === undefined) continue;
    const start = end - width;
    return { prefix: withoutJoint(stem.slice(0, start)), time: stem.slice(start, end) };
  }
  return { prefix: stem, time: '' };
}

/** What stands between prefix and time. */
function withoutJoint(prefix: string): string {
  return prefix.replace(/[_ -]$/, '');
}

/** Where the last run of at least `width` digits ends. */
function endOfLastDigits(text: string, width: number): number | undefined {
  let digits = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    const code = text.charCodeAt(i);
    digits = code >= 48 && code <= 57 ? digits + 1 : 0;
    if (digits === width) return i + width;
  }
  return undefined;
}
