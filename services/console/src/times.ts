/** The instant on a clock so many minutes ahead of UTC: 2026-03-25T07:00:00+07:00. */
export function localTime(instant: Date, utcOffsetMinutes: number): string {
  const local = new Date(instant.getTime() + utcOffsetMinutes * 60_000);
  const text = local.toISOString().replace(/(\.000)?Z$/, '');
  const minutes = Math.abs(utcOffsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  const sign = utcOffsetMinutes < 0 ? '-' : '+';
  return `${text}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
