const minuteMs = 60_000;
/** No logger of the circular's kind is older; before it stands a clock that was never set. */
export const oldestYear = 2015;
export const futureToleranceMs = 10 * minuteMs;

/**
 * `yyyyMMddHHmmss` on a clock `utcOffsetMinutes` ahead of UTC → milliseconds since 1970 UTC;
 * undefined where the text has another form or names no time of the calendar.
 */
export function parseLocalTime(text: string, utcOffsetMinutes: number): number | undefined {
  if (text.length !== 14) return undefined;
  for (let i = 0; i < 14; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return undefined;
  }
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(4, 6));
  const day = Number(text.slice(6, 8));
  const hour = Number(text.slice(8, 10));
  const minute = Number(text.slice(10, 12));
  const second = Number(text.slice(12, 14));
  if (hour > 23 || minute > 59 || second > 59 || year < 1000) return undefined;
  // Date.UTC carries 31 June over into July; a month that moved was not on the calendar.
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  if (month < 1 || day < 1 || new Date(local).getUTCMonth() !== month - 1) return undefined;
  return local - utcOffsetMinutes * minuteMs;
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
