/** What loggers and their exports write for "no value"; compared in lower case. */
const missingMarks = new Set(['', '-', '--', '---', 'nan', 'null', 'none', 'n/a', 'na']);

/**
 * The text of a value → its number, 'missing' where the logger says that it has none, or
 * 'unparsable'. Decimal point only: `7,85` may be 7.85 or two columns, and guessing would invent a
 * value. Never 0 for something that is not written as zero.
 */
export function parseValue(text: string): number | 'missing' | 'unparsable' {
  if (isDecimal(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : 'unparsable';
  }
  return missingMarks.has(text.toLowerCase()) ? 'missing' : 'unparsable';
}

/** [+-] digits [. digits] [e [+-] digits], with at least one digit before the exponent. */
function isDecimal(text: string): boolean {
  let i = skipSign(text, 0);
  const integerEnd = skipDigits(text, i);
  let digits = integerEnd - i;
  i = integerEnd;
  if (text.charCodeAt(i) === POINT) {
    const fractionEnd = skipDigits(text, i + 1);
    digits += fractionEnd - i - 1;
    i = fractionEnd;
  }
  if (digits === 0) return false;
  if ((text.charCodeAt(i) | 0x20) === E) {
    const exponent = skipSign(text, i + 1);
    i = skipDigits(text, exponent);
    if (i === exponent) return false;
  }
  return i === text.length;
}

const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;
const E = 0x65;

function skipSign(text: string, i: number): number {
  const code = text.charCodeAt(i);
  return code === MINUS || code === PLUS ? i + 1 : i;
}

function skipDigits(text: string, from: number): number {
  let i = from;
  for (let code = text.charCodeAt(i); code >= 48 && code <= 57; code = text.charCodeAt(i)) i++;
  return i;
}
