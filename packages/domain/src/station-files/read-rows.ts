import {
  cellReader,
  isLineFault,
  looksLikeNumber,
  type LineFault,
  type ReadingCells,
} from './read-cells.ts';
import { endOfCells, isRepeated, shapeThatFits } from './recognise-layout.ts';
import { lineShapes, type Layout, type LineShape, type Separator } from './shapes.ts';
import { splitCells } from './split-cells.ts';
import type { TextRow } from './split-rows.ts';
import { looksLikeTime } from '../times/parse-time.ts';
import { lookupKey } from '../texts/lookup-key.ts';

/** One reading of a line, still text, or why there is none. */
export interface RowEntry {
  /** The whole line, or its part where several readings stand on it. */
  readonly text: string;
  readonly read: ReadingCells | LineFault;
  /** Cell (from 1) of the time on the line. */
  readonly timeColumn: number;
}

export type ReadRow =
  | {
      readonly kind: 'entries';
      readonly entries: readonly RowEntry[];
      /** What separates the cells, where it is not the separator of the other lines. */
      readonly otherSeparator?: Separator;
    }
  | { readonly kind: Exclude<SideRow, 'trailer-row'> };

/** Reads lines in one layout. */
export function rowReader(layout: Layout): (row: TextRow) => ReadRow {
  const reader = cellReader(layout);
  const { separator, shape } = layout;

  return (row) => {
    if (isComment(row.text)) return { kind: 'comment-row' };
    const cells = splitCells(row.text, separator);
    const end = endOfCells(cells);
    if (isRepeated(cells, end, shape)) {
      return { kind: 'entries', entries: readGroups(cells, end) };
    }
    const read = readWhole(cells, end);
    if (isLineFault(read) || !beginsWithDigit(read.time)) {
      if (isHeader(cells)) return { kind: 'header-row' };
    }
    if (isLineFault(read)) {
      const other = readOtherwise(row, layout);
      if (other !== undefined) return other;
    }
    return { kind: 'entries', entries: [entry(row.text, read, reader.columnOf('time'))] };
  };

  function readWhole(cells: readonly string[], end: number): ReadingCells | LineFault {
    if (end <= reader.width) return reader.read(cells, 0);
    return reader.wrongCount(cells.findIndex((cell, i) => i >= reader.width && cell !== '') + 1);
  }

  /** Of a W5 line. What is left over at its end lacks columns. */
  function readGroups(cells: readonly string[], end: number): RowEntry[] {
    const entries: RowEntry[] = [];
    for (let from = 0; from < end; from += reader.width) {
      const text = cells.slice(from, from + reader.width).join('\t');
      entries.push(entry(text, reader.read(cells, from), from + reader.columnOf('time')));
    }
    return entries;
  }
}

function beginsWithDigit(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= 48 && code <= 57;
}

function entry(text: string, read: ReadingCells | LineFault, timeColumn: number): RowEntry {
  return { text, read, timeColumn };
}

/**
 * A line that does not fit the layout of the others, and fits one with other separators. Where
 * blanks part the cells an empty unit leaves no trace, so that a line may lack the unit.
 */
function readOtherwise(row: TextRow, { separator, shape }: Layout): ReadRow | undefined {
  for (const other of ['tab', 'semicolon', 'pipe', 'gaps', 'blanks', 'mixed'] as const) {
    const cells = splitCells(row.text, other);
    const isBlank = other === 'gaps' || other === 'blanks';
    const shapes = isBlank ? [shape, ...withoutUnit(shape)] : [shape];
    const found = shapeThatFits(cells, other, shapes);
    if (found === undefined || (other === separator && found === shape)) continue;
    const reader = cellReader({ separator: other, shape: found });
    const read = entry(row.text, reader.read(cells, 0), reader.columnOf('time'));
    return { kind: 'entries', entries: [read], otherSeparator: other };
  }
  return undefined;
}

function withoutUnit({ name }: LineShape): readonly LineShape[] {
  switch (name) {
    case 'A5':
      return [lineShapes.C4];
    case 'A4':
      return [lineShapes.A3];
    case 'B4':
      return [lineShapes.B3];
    case 'C4':
      return [lineShapes.A5];
    case 'A3':
      return [lineShapes.A4];
    case 'B3':
      return [lineShapes.B4];
    default:
      return [];
  }
}

/** What a line is that holds no data and is not to be missed. */
export type SideRow = 'header-row' | 'comment-row' | 'trailer-row';

/** Names of columns, as lookupKey folds them. */
const headings = new Set([
  ...['symbol', 'name', 'parameter', 'param', 'code', 'value', 'result', 'unit', 'units', 'time'],
  ...['date', 'datetime', 'date time', 'timestamp', 'status', 'state', 'index', 'no', 'no.'],
  ...['thong so', 'ten', 'ten thong so', 'ky hieu', 'chi tieu', 'gia tri', 'ket qua', 'don vi'],
  ...['thoi gian', 'ngay', 'gio', 'ngay gio', 'trang thai', 'tinh trang', 'stt'],
]);

const mostHeadings = 20;

/** A line that begins with a sign of comment, or says that the file ends here. */
export function isComment(text: string): boolean {
  return /^\s*(?:#|\/\/|(?:end|eof)\s*$)/i.test(text);
}

/** A line that names columns, two of them at least, and holds no number and no time. */
function isHeader(cells: readonly string[]): boolean {
  if (cells.length > mostHeadings) return false;
  if (cells.some((cell) => looksLikeNumber(cell) || looksLikeTime(cell))) return false;
  return cells.filter(isHeading).length >= 2;
}

/** "Giá trị (mg/L)" names a column too. */
function isHeading(cell: string): boolean {
  return cell.length < 40 && headings.has(lookupKey(cell.replace(/\s*[([][^)\]]*[)\]]$/, '')));
}
