import { sentence } from '../reasons/sentences.ts';
import type { Profile } from '@envigate/contracts';
import { checkInstant, futureToleranceMs, instantText, oldestYear } from '../times/local-time.ts';
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
  /** What `status` is in the circular: 00, 01 or 02, or 03 (maintenance); `status` itself where it is another. */
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

/**
 * A clock is wrong by a time zone at most before a person sees it; what is further ahead is no clock
 * but a time that was read as another, a day for a month.
 */
const clockReachMs = 24 * 60 * 60_000;

/** Reads times of one file; remembers the last one, since the lines of a file share it. */
export class TimeReader {
  readonly #context: ReadingContext;
  #last: ReadTime | undefined;
  #newestMs: number | undefined;

  constructor(context: ReadingContext) {
    this.#context = context;
  }

  /** The newest time read so far, also of lines that are ahead too far to be taken. */
  get newestMs(): number | undefined {
    return this.#newestMs;
  }

  read({ time }: Pick<ReadingCells, 'time'>, column: number): ReadTime | LineFault {
    if (time === this.#last?.time) return this.#last;
    const { utcOffsetMinutes, receivedAtMs } = this.#context;
    const instantMs = parseTime(time, utcOffsetMinutes);
    if (instantMs === undefined) {
      const expected = sentence('time-as@1', 'yyyyMMddHHmmss');
      return { reason: 'time-unreadable', column, expected };
    }
    const verdict = checkInstant(instantMs, receivedAtMs, utcOffsetMinutes);
    if (verdict !== 'time-too-old' && instantMs <= receivedAtMs + clockReachMs)
      this.#newestMs = Math.max(this.#newestMs ?? instantMs, instantMs);
    switch (verdict) {
      case 'plausible':
        this.#last = { time, instantMs, instant: instantText(instantMs) };
        return this.#last;
      case 'time-too-old':
        return { reason: verdict, column, expected: sentence('year-from@1', oldestYear) };
      case 'time-in-future':
        return {
          reason: verdict,
          column,
          expected: sentence('minutes-after-reception@1', futureToleranceMs / 60_000),
        };
    }
  }
}

/** What is known of a file beside its bytes. */
export interface ParseContext extends ReadingContext {
  /** A last line without a line end may be cut, and nobody looked at it: nothing in it is relied on. */
  readonly doubtsEnd?: boolean;
  /** How the file is read, as far as the registry says so. */
  readonly profile?: Profile | undefined;
}

export type StatusCode = NonNullable<Profile['statuses']>[string];

/** The circular writes two digits; programs that read a number and write it again lose one. */
const oneDigit: Readonly<Record<string, StatusCode>> = {
  '0': '00',
  '1': '01',
  '2': '02',
  '3': '03',
};

/**
 * What a status means. A profile goes first. An absent one ('') means nothing unless the profile
 * says so: a value counts as measured only where somebody says that it was. Text that is no status
 * stays as it is, and the value does not count.
 */
export function statusCode(status: string, statuses?: Profile['statuses']): string {
  if (statuses !== undefined && Object.hasOwn(statuses, status)) return statuses[status] ?? status;
  return status.length === 1 ? (oneDigit[status] ?? status) : status;
}

export function isStatusCode(text: string): text is StatusCode {
  return /^0[0-3]$/.test(text);
}
