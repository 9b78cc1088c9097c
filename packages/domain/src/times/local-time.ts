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
  if (!(day >= 1 && day <= daysOf(year, month))) return undefined;
  const days = daysBefore(year, month) + day - 1;
  return days * dayMs + ((hour * 60 + minute - utcOffsetMinutes) * 60 + second) * 1000;
}

const dayMs = 24 * 60 * minuteMs;
const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysBeforeMonths = daysOfMonths.map((_, i) =>
  daysOfMonths.slice(0, i).reduce((sum, days) => sum + days, 0),
);

/** 0 where there is no such month. */
function daysOf(year: number, month: number): number {
  return (daysOfMonths[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
}

/** From 1970 to the first of a month. Several times faster than Date, which a file name and a line ask each. */
function daysBefore(year: number, month: number): number {
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  const ofYear = (daysBeforeMonths[month - 1] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0);
  return past * 365 + leapDays + ofYear - daysBefore1970;
}

const daysBefore1970 = 719_162;

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

let lastInstant = { ms: 0, text: new Date(0).toISOString() };

/** In ISO 8601, UTC. The last one is remembered: the lines of a file mostly have one time, and it is the file's too. */
export function instantText(ms: number): string {
  if (ms !== lastInstant.ms) lastInstant = { ms, text: new Date(ms).toISOString() };
  return lastInstant.text;
}

/** How far the clock of Vietnam is ahead of UTC, in summer and winter. */
export const vietnamMs = 7 * 3_600_000;

/** Its UTC fields are what the clock of Vietnam shows at an instant. */
export function onVietnamClock(at: Date): Date {
  return new Date(at.getTime() + vietnamMs);
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
