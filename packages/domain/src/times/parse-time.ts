import { instantOf } from './local-time.ts';

/**
 * The time of a line → milliseconds since 1970 UTC; undefined where the text has another form or
 * names no time of the calendar. Forms: yyyyMMddHHmmss, yyyyMMddHHmm, dd/MM/yyyy HH:mm[:ss] (day
 * first, as Vietnam writes it), yyyy-MM-dd HH:mm[:ss] with 'T' or a blank between, and ISO 8601
 * with its zone. 24:00:00 is the end of its day. A time without a zone is on a clock
 * `utcOffsetMinutes` ahead of UTC.
 */
export function parseTime(text: string, utcOffsetMinutes: number): number | undefined {
  if (isDigits(text)) {
    if (text.length !== 14 && text.length !== 12) return undefined;
    return instantOf(
      {
        year: Number(text.slice(0, 4)),
        month: Number(text.slice(4, 6)),
        day: Number(text.slice(6, 8)),
        hour: Number(text.slice(8, 10)),
        minute: Number(text.slice(10, 12)),
        second: Number(text.slice(12, 14)),
      },
      utcOffsetMinutes,
    );
  }
  if (text.length > longestTime) return undefined;
  const dayFirst = dayFirstForm.exec(text);
  if (dayFirst !== null) {
    const [, day, month, year, hour, minute, second] = dayFirst.map(Number);
    return instantOf({ year, month, day, hour, minute, second }, utcOffsetMinutes);
  }
  const yearFirst = yearFirstForm.exec(text);
  if (yearFirst === null) return undefined;
  const [, year, month, day, hour, minute, second] = yearFirst.map(Number);
  const zone = yearFirst[8] === undefined ? utcOffsetMinutes : zoneMinutes(yearFirst[8]);
  if (zone === undefined) return undefined;
  const whole = instantOf({ year, month, day, hour, minute, second }, zone);
  return whole === undefined ? undefined : whole + Math.floor(Number(yearFirst[7] ?? 0) * 1000);
}

/** Whether a cell has the form of a time, be it of the calendar or not. */
export function looksLikeTime(text: string): boolean {
  if (isDigits(text)) return (text.length === 14 || text.length === 12) && /^(?:19|20)/.test(text);
  if (text.length > longestTime) return false;
  return dayFirstForm.test(text) || yearFirstForm.test(text);
}

const longestTime = 40;
// Behind a date, points may part hours, minutes and seconds too.
const clock = String.raw`(\d{1,2})[:.](\d{2})(?:[:.](\d{2})`;
const dayFirstForm = new RegExp(String.raw`^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}) +${clock})?$`);
const yearFirstForm = new RegExp(
  String.raw`^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[Tt]| +)${clock}(\.\d{1,9})?)? ?([Zz]|[+-]\d{2}:?\d{2})?$`,
);

/** 'Z', '+07:00' or '+0700' → minutes ahead of UTC. */
function zoneMinutes(text: string): number | undefined {
  if (/^z$/i.test(text)) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  if (minutes > 14 * 60 || Number(text.slice(-2)) > 59) return undefined;
  return text.startsWith('-') ? -minutes : minutes;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return text !== '';
}
