import { hasTwoReadings } from '../../numbers/decimal-notation.ts';

/** A cell of numbers: what it says, and what the registry said in its place. */
export interface NumberCell {
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
export function doubtOf({ column, text, before, after }: NumberCell): string | undefined {
  const [old, now] = [numbersOf(before), numbersOf(after)];
  if (JSON.stringify(old) === JSON.stringify(now)) return undefined;
  const moves = now.flatMap((number, at) => describeMove(old[at], number) ?? []);
  if (moves.length > 0) {
    const change = `${column} ${moves.join(', ')}`;
    return (
      `${change}: bảng tính có thể đã hiểu dấu thập phân là dấu phân cách hàng nghìn, hoặc ngược lại · ` +
      `${change}: a spreadsheet may have read the decimal sign as one of thousands, or the other way round`
    );
  }
  const written = text.trim();
  const [number] = now;
  if (now.length !== 1 || number === undefined || !hasTwoReadings(written)) return undefined;
  const [other, clear] = [written.replace(/[.,]/, ''), `${written}0`];
  return (
    `${column} '${written}' được hiểu là ${number}; nếu đúng là ${other}, ghi ${other}; nếu không, ghi ${clear} · ` +
    `${column} '${written}' is read as ${number}; write ${other} if that is meant, or else ${clear}`
  );
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
