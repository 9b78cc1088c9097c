const form =
  /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+\- ]\d{2}:\d{2})$/;

/**
 * An RFC 3339 time → the instant; undefined where it is not in that form, or no time of the calendar. The `+`
 * of an offset may have become a blank, as it does in a query that was not encoded.
 */
export function parseTime(text: string): Date | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '', fraction = '', offset = ''] = match;
  // Date carries 31 June over into July; a day that moved was not on the calendar.
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return undefined;
  const zone = offset.toUpperCase().replace(' ', '+');
  const instant = new Date(`${date}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** The instant on a clock so many minutes ahead of UTC: 2026-03-25T07:00:00+07:00. */
export function localTime(instant: Date, utcOffsetMinutes: number): string {
  const local = new Date(instant.getTime() + utcOffsetMinutes * 60_000);
  const text = local.toISOString().replace(/(\.000)?Z$/, '');
  const minutes = Math.abs(utcOffsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  const sign = utcOffsetMinutes < 0 ? '-' : '+';
  return `${text}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
