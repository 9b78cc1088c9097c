import { checkInstant, oldestYear } from '../times/local-time.ts';
import { parseTime } from '../times/parse-time.ts';
import type { LineFault, ReadingCells } from './read-cells.ts';

/** A reading as a file gives it. Its value and unit are still text: what they mean the registry says. */
export interface StationLine {
  readonly line: number;
  /** The whole line, or its part where several readings stand on it. */
  readonly text: string;
  readonly symbol: string;
  readonly value: string;
  readonly unit: string;
  /** As written. */
  readonly time: string;
  readonly instantMs: number;
  /** `instantMs` in ISO 8601, UTC. */
  readonly instant: string;
  /** As written; '' where the form has none. */
  readonly status: string;
  /** What `status` is in the circular: 00, 01 or 02, or 03 (maintenance); `status` itself where it is none. */
  readonly statusCode: string;
}

export interface ReadingContext {
  /** Offset of the logger's clock from UTC. */
  readonly utcOffsetMinutes: number;
  readonly receivedAtMs: number;
}

/** The time of a line and what it is. */
export interface ReadTime {
  readonly time: string;
  readonly instantMs: number;
  readonly instant: string;
}

/** Reads times of one file; remembers the last one, since the lines of a file share it. */
export function timeReader({
  utcOffsetMinutes,
  receivedAtMs,
}: ReadingContext): (cells: Pick<ReadingCells, 'time'>, column: number) => ReadTime | LineFault {
  let last: ReadTime | undefined;
  return ({ time }, column) => {
    if (time === last?.time) return last;
    const instantMs = parseTime(time, utcOffsetMinutes);
    if (instantMs === undefined) {
      const expected = 'a time of the calendar as yyyyMMddHHmmss';
      return { reason: 'time-unreadable', column, expected };
    }
    const verdict = checkInstant(instantMs, receivedAtMs, utcOffsetMinutes);
    switch (verdict) {
      case 'plausible':
        last = { time, instantMs, instant: new Date(instantMs).toISOString() };
        return last;
      case 'time-too-old':
        return { reason: verdict, column, expected: `${oldestYear} or later` };
      case 'time-in-future':
        return { reason: verdict, column, expected: 'at most 10 minutes after reception' };
    }
  };
}
