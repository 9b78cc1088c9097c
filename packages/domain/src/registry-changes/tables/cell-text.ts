import type { BilingualText } from '@envigate/contracts';
import type { TableColumn } from './table-layout.ts';
import { hasTwoReadings } from '../../values/parse-value.ts';

type ColumnForm = Pick<TableColumn, 'type' | 'isRequired'>;

/**
 * Cell → value; undefined for none. What does not fit the column is given back as the text it is,
 * for the schema to say what was expected. `decimalComma`: 7,5 is a number too, as in
 * tables whose cells are separated by ';'.
 *
 * A text in JSON's quotes is what JSON says, a list in its brackets too; that is how an empty text,
 * blanks at the ends and line ends are written. Blanks around a cell mean nothing.
 */
export function readCell(
  { type, isRequired }: ColumnForm,
  cell: string,
  decimalComma: boolean,
): unknown {
  const text = cell.trim();
  if (text === '') return isRequired ? emptyValues[type] : undefined;
  switch (type) {
    case 'text':
      return text.startsWith('"') ? parseJson(text) : text;
    case 'number':
      return readNumber(text, decimalComma);
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text;
    case 'texts':
      return text.startsWith('[') ? parseJson(text) : split(text);
    case 'numbers':
      return text.startsWith('[')
        ? parseJson(text)
        : split(text).map((part) => readNumber(part, decimalComma));
    case 'json':
      return parseJson(text);
  }
}

/** Value → cell, so that readCell gives the value back; '' for none. */
export function writeCell(
  { type, isRequired }: ColumnForm,
  value: unknown,
  decimalComma: boolean,
): string {
  if (value === undefined) return '';
  switch (type) {
    case 'text':
      if (value === '' && isRequired) return '';
      return typeof value === 'string' && isPlain(value) ? value : JSON.stringify(value);
    case 'number':
      return writeNumber(value, decimalComma);
    case 'boolean':
      return JSON.stringify(value);
    case 'texts': {
      const texts = value as readonly string[];
      const joined = texts.join('|');
      const isSimple = texts.every((text) => isPlain(text) && !text.includes('|'));
      return isSimple && texts.length > 0 && !joined.startsWith('[')
        ? joined
        : JSON.stringify(texts);
    }
    case 'numbers': {
      const numbers = value as readonly number[];
      const joined = numbers.map((number) => writeNumber(number, decimalComma)).join('|');
      // A spreadsheet takes what begins with a sign and is no number for a formula.
      const isPlainList = numbers.length > 0 && (numbers.length === 1 || !joined.startsWith('-'));
      return isPlainList ? joined : JSON.stringify(numbers);
    }
    case 'json':
      return JSON.stringify(value);
  }
}

const emptyValues = {
  text: '',
  texts: [],
  numbers: [],
  number: undefined,
  boolean: undefined,
  json: undefined,
} as const;

function split(text: string): readonly string[] {
  return text.split('|').map((part) => part.trim());
}

/** One line, without blanks at its ends, and nothing that a spreadsheet would take for a formula. */
function isPlain(text: string): boolean {
  return text !== '' && text === text.trim() && !/^["=+\-@]|\p{Cc}|[\u2028\u2029]/u.test(text);
}

function readNumber(text: string, decimalComma: boolean): unknown {
  const written = decimalComma ? text.replace(',', '.') : text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : text;
}

/**
 * Never with three digits behind the sign, which a spreadsheet of another language would take for
 * thousands: 1.145 is written 1.1450, and LibreOffice in Vietnamese then leaves it alone.
 */
function writeNumber(value: unknown, decimalComma: boolean): string {
  const text = JSON.stringify(value).replace(/\.\d{3}(?=e|$)/, '$&0');
  return decimalComma ? text.replace('.', ',') : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A cell of numbers: what it says, and what the registry said in its place. */
interface NumberCell {
  readonly column: string;
  readonly text: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Why a person should look at a number that was read from a table, in both languages; undefined
 * where nothing speaks against it. A spreadsheet of another language reads 1.145 as 1145 without a
 * word, and such a number is a good one by its form. Two signs give it away: it is the number of the
 * registry moved by whole powers of ten, or it is new and written so that it has two readings.
 */
export function doubtOf({ column, text, before, after }: NumberCell): BilingualText | undefined {
  const [old, now] = [numbersOf(before), numbersOf(after)];
  if (JSON.stringify(old) === JSON.stringify(now)) return undefined;
  const moves = now.flatMap((number, at) => describeMove(old[at], number) ?? []);
  if (moves.length > 0) {
    const change = `${column} ${moves.join(', ')}`;
    return {
      vi: `${change}: bảng tính có thể đã hiểu dấu thập phân là dấu phân cách hàng nghìn, hoặc ngược lại`,
      en: `${change}: a spreadsheet may have read the decimal sign as one of thousands, or the other way round`,
    };
  }
  const written = text.trim();
  const [number] = now;
  if (now.length !== 1 || number === undefined || !hasTwoReadings(written)) return undefined;
  const [other, clear] = [written.replace(/[.,]/, ''), `${written}0`];
  return {
    vi: `${column} '${written}' được hiểu là ${number}; nếu đúng là ${other}, ghi ${other}; nếu không, ghi ${clear}`,
    en: `${column} '${written}' is read as ${number}; write ${other} if that is meant, or else ${clear}`,
  };
}

function numbersOf(value: unknown): readonly number[] {
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return values.filter((one) => typeof one === 'number');
}

/** Least power of ten by which a decimal sign that was misread moves a number. */
const leastMove = 3;
/** Spreadsheets save the digits that they show: of long numbers as few as three. */
const rounding = 0.005;

/** `1.145 → 1145, ×1000`; undefined where the one is not the other with its sign moved. */
function describeMove(before: number | undefined, after: number): string | undefined {
  const ratio = after / (before ?? Number.NaN);
  if (!Number.isFinite(ratio) || ratio <= 0) return undefined;
  const power = Math.round(Math.log10(ratio));
  // Logarithms, as a ratio of 1e300 has no power that can be multiplied out.
  const isPower = Math.abs(Math.log10(ratio) - power) <= Math.log10(1 + rounding);
  if (Math.abs(power) < leastMove || !isPower) return undefined;
  const size = Math.abs(power);
  const times = size <= 6 ? String(10 ** size) : `10^${size}`;
  return `${before} → ${after}, ${power > 0 ? '×' : '÷'}${times}`;
}
