import { sentence, storedSentence, type Sentence } from '../reasons/sentences.ts';
import type { RejectedLine } from '@envigate/contracts';
import { looksLikeTime } from '../times/parse-time.ts';
import type { LineReason } from '../reasons/reasons.ts';
import { expectedLayout, type Column, type Layout } from './shapes.ts';
import { readValueWord } from '../values/parse-value.ts';
import type { TextRow } from './split-rows.ts';

/** The cells of one reading by their meaning, as written; '' where the form has none of them. */
export interface ReadingCells {
  readonly symbol: string;
  readonly value: string;
  readonly unit: string;
  readonly time: string;
  readonly status: string;
}

/** Why a line is refused, and in which cell (from 1). */
export interface LineFault {
  readonly reason: LineReason;
  readonly column: number;
  readonly expected: Sentence;
}

export function isLineFault(result: object): result is LineFault {
  return 'reason' in result;
}

/** Of a line, or of the name of a column, with letters in an encoding that is not known. */
export function unclearLetters(column: number): LineFault {
  return { reason: 'letters-unclear', column, expected: sentence('utf-8-or-profile@1') };
}

/** Longer cells are garbage; the whole line is in the original. */
const maxCellLength = 200;
/** The store keeps an index of symbols. */
const maxSymbolLength = 64;

export interface CellReader {
  readonly width: number;
  /** Cell (from 1) of a meaning, for the place of a fault. */
  columnOf(meaning: keyof ReadingCells): number;
  /** The fault of a line with too few cells or too many; the first that lacks or is too many. */
  wrongCount(column: number): LineFault;
  /** The cells of one reading; `from` is how many cells of the line stand before them. */
  read(cells: readonly string[], from: number): ReadingCells | LineFault;
}

/** Reads cells by their places. A cell that cannot mean what its place demands is a fault, not a reading. */
export function cellReader(layout: Layout): CellReader {
  const { columns } = layout.shape;
  const width = columns.length;
  const at = (column: Column) => columns.indexOf(column);
  const [symbolAt, valueAt, unitAt, statusAt] = [
    at('symbol'),
    at('value'),
    at('unit'),
    at('status'),
  ];
  const [timeAt, dateAt, timeOfDayAt] = [at('time'), at('date'), at('timeOfDay')];
  const places = {
    symbol: symbolAt,
    value: valueAt,
    unit: unitAt,
    time: timeAt >= 0 ? timeAt : dateAt,
    status: statusAt,
  };

  const expected = expectedLayout(layout);
  const columnOf = (meaning: keyof ReadingCells) => Math.max(places[meaning], 0) + 1;
  const wrongCount = (column: number): LineFault => ({
    reason: 'wrong-column-count',
    column,
    expected,
  });
  return {
    width,
    columnOf,
    wrongCount,
    read(cells, from) {
      if (cells.length < from + width) return wrongCount(cells.length + 1);
      const cell = (place: number) => (place < 0 ? '' : (cells[from + place] ?? ''));
      const read = {
        symbol: cell(symbolAt),
        value: cell(valueAt),
        unit: cell(unitAt),
        time: timeAt >= 0 ? cell(timeAt) : `${cell(dateAt)} ${cell(timeOfDayAt)}`,
        status: cell(statusAt),
      };
      const fault = faultOf(read);
      if (fault === undefined) return read;
      const [meaning, reason, expected] = fault;
      return { reason, column: from + columnOf(meaning), expected };
    },
  };
}

export function faultOf(
  cells: ReadingCells,
): readonly [keyof ReadingCells, LineReason, Sentence] | undefined {
  const { symbol, value, unit, time, status } = cells;
  if (symbol === '') return ['symbol', 'symbol-missing', sentence('a-symbol@1')];
  if (symbol.length > maxSymbolLength) {
    return ['symbol', 'symbol-too-long', sentence('characters-at-most@1', maxSymbolLength)];
  }
  if (looksLikeTime(symbol)) return unclear('symbol', 'time');
  if (looksLikeNumber(symbol) && !looksLikeNumber(value) && !looksLikeNoValue(value)) {
    return unclear('symbol', 'number');
  }
  if (looksLikeTime(value)) return unclear('value', 'time');
  // A decimal comma between commas, or a value that is in the place of the unit.
  if (looksLikeNumber(unit)) return unclear('unit', 'number');
  if (looksLikeTime(status)) return unclear('status', 'time');
  if (value.length > maxCellLength) return tooLong('value');
  if (unit.length > maxCellLength) return tooLong('unit');
  if (status.length > maxCellLength) return tooLong('status');
  if (time.length > maxCellLength) return ['time', 'time-unreadable', sentence('a-time@1')];
  return undefined;
}

function tooLong(meaning: keyof ReadingCells) {
  return [meaning, 'cell-too-long', sentence('characters-at-most@1', maxCellLength)] as const;
}

function unclear(meaning: keyof ReadingCells, found: 'time' | 'number') {
  return [meaning, 'columns-unclear', sentence('cell-not@1', meaning, found)] as const;
}

/** A number in any of the ways it is written, be it with a comma or several signs of thousands. */
const number = /^[<>≤≥~]?[+-]?(?:\d[\d.,']*|[.,]\d+)(?:[eE][+-]?\d+)?$/;
/** Cells are short; what is longer is none of these. */
const longest = 50;

export function looksLikeNumber(cell: string): boolean {
  return cell.length <= longest && !beginsWithLetter(cell) && number.test(cell);
}

/** Of ASCII. An empty cell is no number either. */
function beginsWithLetter(cell: string): boolean {
  const code = cell.charCodeAt(0) | 0x20;
  return cell === '' || (code >= 0x61 && code <= 0x7a);
}

/** Marks and words that loggers write in place of a result: those that stand in no other column. */
export function looksLikeNoValue(cell: string): boolean {
  return cell.length <= longestWord && (noValue.test(cell) || readValueWord(cell) !== undefined);
}

const longestWord = 12;
const noValue = /^(?:[-*#?/]*|ovr|over|under)$/i;

/** More is in the original, which is kept. */
const maxRejectedText = 500;

export function rejectLine(
  { line, text }: Pick<TextRow, 'line' | 'text'>,
  { reason, column, expected }: LineFault,
): RejectedLine {
  // A cut between the halves of a character would leave text that no store takes.
  const kept = text.slice(0, maxRejectedText).replace(/[\uD800-\uDBFF]$/, '');
  return { line, column, reason, expected: storedSentence(expected), text: kept.trimEnd() };
}
