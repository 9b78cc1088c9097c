import type { Censored } from '@envigate/contracts';
import { lookupKey } from '../texts/lookup-key.ts';

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

/**
 * Which sign divides whole from fraction where a text alone does not show it. 'auto': not configured;
 * a point is then a decimal point, as in the official form and every file seen.
 */
export type DecimalSign = 'auto' | 'point' | 'comma';

/**
 * A number in any notation that has one reading → its text as JavaScript reads it ('1,234.5' →
 * '1234.5'); 'ambiguous-number' where it has two and the decimal sign does not decide; undefined
 * where it is no number.
 *
 * One reading have: a single sign that cannot divide thousands (`7,85`, `0,123`, `1234,567`); two
 * kinds of signs, the last of them alone (`1,234.5`, `1.234,5`, `1 234,5`); one kind more than once
 * in proper groups (`1.234.567`). Two have `1,234` and, where the sign is a comma, `1.234`.
 */
function plainNotation(text: string, decimalSign: DecimalSign): string | undefined {
  const parts = splitNumber(text);
  if (parts === undefined) return undefined;
  const mantissa = plainMantissa(parts.mantissa, decimalSign);
  if (mantissa === undefined || mantissa === 'ambiguous-number') return mantissa;
  return parts.sign + mantissa + parts.exponent;
}

interface NumberParts {
  readonly sign: '' | '-';
  /** Digits and the signs between them. */
  readonly mantissa: string;
  /** '' or e and its digits. */
  readonly exponent: string;
}

// Each is one run of classes that exclude each other: linear in the text.
const numberForm = /^([+\-\u2212]?)([\d.,\s]+)(e[+-]?\d+)?$/i;

function splitNumber(text: string): NumberParts | undefined {
  const match = numberForm.exec(text);
  if (match === null) return undefined;
  const [, sign = '', mantissa = '', exponent = ''] = match;
  return { sign: sign === '' || sign === '+' ? '' : '-', mantissa, exponent };
}

function plainMantissa(text: string, decimalSign: DecimalSign): string | undefined {
  const last = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','));
  if (last === -1) return ungroup(text, /\s/);
  const sign = text.charAt(last);
  const whole = text.slice(0, last);
  const fraction = text.slice(last + 1);
  if (!/^\d*$/.test(fraction)) return undefined;

  const others = new Set(whole.replace(/\d/g, ''));
  if (others.size > 1) return undefined;
  const [other] = others;
  if (other === sign) return ungroup(text, sign === '.' ? /\./ : /,/);
  if (other !== undefined) {
    const grouped = ungroup(whole, other === '.' ? /\./ : other === ',' ? /,/ : /\s/);
    return grouped === undefined || fraction === '' ? undefined : `${grouped}.${fraction}`;
  }
  if (whole === '' && fraction === '') return undefined;
  const decimal = `${whole}.${fraction}`;
  if (!isGrouped(whole, fraction)) return decimal;
  switch (decimalSign) {
    case 'point':
      return sign === '.' ? decimal : whole + fraction;
    case 'comma':
      return sign === ',' ? decimal : whole + fraction;
    case 'auto':
      return sign === '.' ? decimal : 'ambiguous-number';
  }
}

/** Might the only sign in this number divide thousands? `1,234` and `-123.456`, not `0.123`. */
export function hasTwoReadings(text: string): boolean {
  const [, whole = '', fraction = ''] = /^[+-]?(\d+)[.,](\d+)$/.exec(text) ?? [];
  return isGrouped(whole, fraction);
}

/** Might the sign between these two divide thousands? `1,234` and `123,456`, not `0,123` or `1234,567`. */
function isGrouped(whole: string, fraction: string): boolean {
  return fraction.length === 3 && /^[1-9]\d{0,2}$/.test(whole);
}

/** 1 to 3 digits and then groups of 3 → the digits. */
function ungroup(text: string, separator: RegExp): string | undefined {
  const [first = '', ...groups] = text.split(separator);
  if (groups.length === 0) return /^\d+$/.test(first) ? first : undefined;
  const isProper = /^[1-9]\d{0,2}$/.test(first) && groups.every((group) => /^\d{3}$/.test(group));
  return isProper ? first + groups.join('') : undefined;
}

/** What a text without digits says, where it says something. */
type ValueWord = 'missing' | 'word-for-value' | 'not-detected';

/**
 * Words in place of values, as lookupKey folds them: without case and Vietnamese marks. NaN, NULL,
 * None, N/A and OFF were seen in files and reports; the other words, English and Vietnamese, are
 * what loggers, spreadsheets and people write for the same. They are kept here so that a person reads a
 * fitting reason: the value is null whether a word is known or not.
 */
const words: ReadonlyMap<string, ValueWord> = new Map([
  ...withMeaning('missing', [
    ...['nan', '#nan', 'null', 'nil', 'none', 'n/a', 'na', 'empty', 'blank', 'undef', 'undefined'],
    ...['#n/a', '#na', '#null!', '#div/0!', '#value!', '#ref!', '#num!', '#name?'],
    ...['no data', 'nodata', 'no value', 'missing'],
    ...['trống', 'không có', 'không có dữ liệu', 'không có số liệu', 'không có giá trị'],
    ...['mất dữ liệu', 'mất số liệu', 'thiếu', 'thiếu số liệu', 'chưa có'],
  ]),
  ...withMeaning('word-for-value', [
    ...['off', 'offline', 'stop', 'stopped', 'standby', 'idle', 'disconnected', 'no signal'],
    ...['err', 'error', 'fail', 'failed', 'fault', 'alarm', 'bad', 'invalid', 'abort'],
    ...['cal', 'calib', 'calibration', 'calibrating', 'maint', 'maintenance', 'warm up', 'warmup'],
    ...['tắt', 'dừng', 'ngừng', 'nghỉ', 'dừng hoạt động', 'ngừng hoạt động', 'không hoạt động'],
    ...['mất kết nối', 'mất tín hiệu', 'mất điện', 'ngắt kết nối', 'chờ', 'khởi động'],
    ...['lỗi', 'hỏng', 'sự cố', 'báo lỗi', 'lỗi thiết bị', 'báo lỗi thiết bị', 'không hợp lệ'],
    ...['hiệu chuẩn', 'đang hiệu chuẩn', 'kiểm định', 'bảo trì', 'đang bảo trì', 'bảo dưỡng'],
  ]),
  ...withMeaning('not-detected', [
    ...['nd', 'n.d.', 'not detected', 'bdl', '<lod', '<mdl', '<loq', '<dl'],
    ...['kph', 'không phát hiện', 'không phát hiện được'],
  ]),
]);

function withMeaning(meaning: ValueWord, list: readonly string[]): [string, ValueWord][] {
  return list.map((word) => [lookupKey(word), meaning]);
}

/** Longer texts are no word, nor is what ends in a digit, and folding them would cost. */
const maxWordLength = 40;

/**
 * What programs print for a double that is no number or has no bounds: NaN and Inf with and without
 * a sign, `nan(ind)`, `Infinity`, and `1.#QNAN`, `-1.#IND`, `1.#INF00` of the C library of Windows.
 */
const noFiniteNumber =
  /^[+-]?(?:nan(?:\([a-z0-9]*\))?|[qs]nan|inf(?:inity)?|∞|1\.#(?:[qs]?nan|ind|inf)0*)$/i;

/** Signs that are drawn where a value has its place: `-`, `---`, `*`, `#`, `###`. */
const placeholder = /^(?:[-\u2010-\u2015\u2212]+|\*+|#+|\?+|\.\.\.|…)$/u;

export function readValueWord(text: string): ValueWord | undefined {
  if (text === '') return 'missing';
  if (text.length > maxWordLength) return undefined;
  if (noFiniteNumber.test(text)) return 'missing';
  if (/\d$/.test(text)) return undefined;
  if (placeholder.test(text)) return 'missing';
  return words.get(lookupKey(text));
}
