import type { Censored } from '@envigate/contracts';
import { plainNotation, type DecimalSign } from './decimal-notation.ts';
import { readValueWord, type ValueWord } from './value-words.ts';

/** Why a text is no number. */
export type NoNumber = ValueWord | 'unparsable' | 'ambiguous-number';

/** What the text of a value says; the bound of a censored one in the unit of the file. */
export type ParsedValue = number | Censored | NoNumber;

/**
 * The text of a value → its number, the bound it gives in place of one (`<0.01`), or why there
 * is none. Never 0 for what is not written as zero, and never one of two possible numbers: `1,234` is
 * 'ambiguous-number' until somebody configured the decimal sign.
 */
export function parseValue(text: string, decimalSign: DecimalSign = 'auto'): ParsedValue {
  return readPlainDecimal(text, decimalSign) ?? parseOther(text.trim(), decimalSign);
}

function parseOther(text: string, decimalSign: DecimalSign): ParsedValue {
  const word = readValueWord(text);
  if (word !== undefined) return word;
  const relation = relations.get(text.charAt(0));
  if (relation === undefined) return parseNumber(text, decimalSign);
  const limit = parseNumber(text.slice(text.charAt(1) === '=' ? 2 : 1).trim(), decimalSign);
  return typeof limit === 'number' ? { relation, limit } : limit;
}

/** At most is reported like below: both say that the device gave no number. */
const relations: ReadonlyMap<string, Censored['relation']> = new Map([
  ['<', '<'],
  ['≤', '<'],
  ['>', '>'],
  ['≥', '>'],
]);

function parseNumber(
  text: string,
  decimalSign: DecimalSign,
): number | 'unparsable' | 'ambiguous-number' {
  const decimal = readPlainDecimal(text, decimalSign);
  if (decimal !== undefined) return decimal;
  const plain = plainNotation(text, decimalSign);
  if (plain === undefined) return 'unparsable';
  if (plain === 'ambiguous-number') return plain;
  const value = Number(plain);
  if (!Number.isFinite(value)) return 'unparsable';
  // 1e-400 is not zero, and must not become it.
  if (value === 0 && /[1-9]/.test(plain.replace(/e.*/i, ''))) return 'unparsable';
  return value;
}

/**
 * [-] digits [sign digits] of at most 15 digits, what nearly every value is; undefined for any other
 * text, and where the sign might divide thousands. Digits and power of ten are then exact doubles, and their quotient is the double nearest to
 * the text (Clinger, 1990): the same that Number gives, without making a string or a match.
 */
function readPlainDecimal(text: string, decimalSign: DecimalSign): number | undefined {
  const isNegative = text.charCodeAt(0) === MINUS;
  const start = isNegative ? 1 : 0;
  const end = text.length;
  let digits = 0;
  let sign = -1;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if ((digit === POINT - ZERO || digit === COMMA - ZERO) && sign === -1) sign = i;
    else return undefined;
  }
  const fraction = sign === -1 ? 0 : end - sign - 1;
  const written = end - start - (sign === -1 ? 0 : 1);
  if (written === 0 || written > maxExactDigits) return undefined;
  if (fraction === 3 && text.charCodeAt(sign) !== usualSign(decimalSign)) return undefined;
  const value = digits / (powersOfTen[fraction] ?? NaN);
  return isNegative ? -value : value;
}

/** The one that divides no thousands. */
function usualSign(decimalSign: DecimalSign): number {
  return decimalSign === 'comma' ? COMMA : POINT;
}

const ZERO = 0x30;
const POINT = 0x2e;
const COMMA = 0x2c;
const MINUS = 0x2d;
/** 10^15 - 1 is below 2^53. */
const maxExactDigits = 15;
const powersOfTen = Array.from({ length: maxExactDigits + 1 }, (_, power) => 10 ** power);
