const minuteMs = 60_000;
/** No logger of the circular's kind is older; before it is only a clock that was never set. */
export const oldestYear = 2015;
export const futureToleranceMs = 10 * minuteMs;

/** Fields of a calendar and a clock as written; none of them need be possible. */
export interface WrittenTime {
  readonly year: number | undefined;
  readonly month: number | undefined;
  readonly day: number | undefined;
  readonly hour?: number | undefined;
  readonly minute?: number | undefined;
  readonly second?: number | undefined;
}

/**
 * Fields on a clock `utcOffsetMinutes` ahead of UTC → milliseconds since 1970 UTC; undefined where
 * they name no time of the calendar. 24:00:00 is the end of the day. Absent parts of the clock are 0.
 */
export function instantOf(written: WrittenTime, utcOffsetMinutes: number): number | undefined {
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = written;
  // A part that did not match comes as NaN.
  const second = Number.isNaN(written.second) ? 0 : (written.second ?? 0);
  if (hour > 24 || minute > 59 || second > 59 || year < 1000) return undefined;
  if (hour === 24 && (minute > 0 || second > 0)) return undefined;
  // Date.UTC carries 31 June over into July; a month that moved was not on the calendar.
  const date = Date.UTC(year, month - 1, day);
  if (month < 1 || day < 1 || new Date(date).getUTCMonth() !== month - 1) return undefined;
  return date + ((hour * 60 + minute - utcOffsetMinutes) * 60 + second) * 1000;
}

/** Milliseconds since 1970 UTC → `yyyyMMddHHmmss` on a clock `utcOffsetMinutes` ahead of UTC. */
export function formatLocalTime(instantMs: number, utcOffsetMinutes: number): string {
  const local = new Date(instantMs + utcOffsetMinutes * minuteMs).toISOString();
  return local.slice(0, 19).replace(/[-T:]/g, '');
}

/** Whether a logger can have meant this instant in a file received at `receivedAtMs`. */
export function checkInstant(
  instantMs: number,
  receivedAtMs: number,
  utcOffsetMinutes: number,
): 'plausible' | 'time-too-old' | 'time-in-future' {
  if (instantMs > receivedAtMs + futureToleranceMs) return 'time-in-future';
  if (instantMs < Date.UTC(oldestYear, 0, 1) - utcOffsetMinutes * minuteMs) return 'time-too-old';
  return 'plausible';
}
