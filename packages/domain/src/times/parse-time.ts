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
        year: numberAt(text, 0, 4),
        month: numberAt(text, 4, 2),
        day: numberAt(text, 6, 2),
        hour: numberAt(text, 8, 2),
        minute: numberAt(text, 10, 2),
        second: text.length === 14 ? numberAt(text, 12, 2) : 0,
      },
      utcOffsetMinutes,
    );
  }
  if (!mayBeWritten(text)) return undefined;
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
  if (isDigits(text)) return (text.length === 14 || text.length === 12) && beginsWithCentury(text);
  return mayBeWritten(text) && (dayFirstForm.test(text) || yearFirstForm.test(text));
}

function beginsWithCentury(text: string): boolean {
  const century = numberAt(text, 0, 2);
  return century === 19 || century === 20;
}

/** Whether it is worth an expression: a form with signs begins with a digit. */
function mayBeWritten(text: string): boolean {
  const { length } = text;
  return length >= shortestWritten && length <= longestTime && isDigit(text.charCodeAt(0));
}

/** 1/2/2026 3:04 */
const shortestWritten = 13;
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
    if (!isDigit(text.charCodeAt(i))) return false;
  }
  return text !== '';
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

const ZERO = 0x30;

/** The number in a part of a text that is digits. */
export function numberAt(text: string, from: number, width: number): number {
  let number = 0;
  for (let i = from; i < from + width; i++) number = number * 10 + text.charCodeAt(i) - ZERO;
  return number;
}
