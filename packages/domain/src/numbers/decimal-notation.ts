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
export function plainNotation(text: string, decimalSign: DecimalSign): string | undefined {
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
