import { sentence } from '../reasons/sentences.ts';
import type { Profile } from '@envigate/contracts';
import { unclearLetter } from '../texts/single-byte.ts';
import { faultOf, unclearLetters, type LineFault, type ReadingCells } from './read-cells.ts';
import { endOfCells } from './recognise-layout.ts';
import { isComment, type ReadRow, type RowEntry } from './read-rows.ts';
import type { Column, Separator } from './shapes.ts';
import { splitCells } from './split-cells.ts';
import type { TextRow } from './split-rows.ts';

export interface WideTable {
  readonly separator: Separator;
  readonly read: (row: TextRow) => ReadRow;
}

/** The lines of a table before its data. */
export interface WideHeader {
  /** Names the symbols, "NO2(µg/Nm3)" with its unit. */
  readonly names: TextRow;
  /** Has a unit below each name. */
  readonly units?: TextRow | undefined;
  /** All of them. Loggers write them again where they go on with a file. */
  readonly lines: readonly TextRow[];
  /** As in DecodedText: a column is not read whose name or unit has one of the characters in their place. */
  readonly hasUnclearLetters: boolean;
}

/**
 * A table with a column for each symbol, as vendors' daily CSV files have. Undefined where its header
 * names none. A line that is refused as a whole is refused once, not once for each of its cells.
 */
export function wideTable(header: WideHeader, profile: Profile): WideTable | undefined {
  const { names, units } = header;
  const separator = separatorOf(names, profile);
  const columns = profile.columns ?? ['time'];
  const series = seriesOf(
    splitCells(names.text, separator).slice(columns.length),
    units === undefined ? [] : splitCells(units.text, separator).slice(columns.length),
  );
  if (series.length === 0) return undefined;
  const width = columns.length + series.length;
  const timeColumn = Math.max(columns.indexOf('time'), columns.indexOf('date')) + 1;
  const headerTexts = new Set(header.lines.map(({ text }) => text));

  return {
    separator,
    read(row) {
      if (headerTexts.has(row.text)) return { kind: 'header-row' };
      if (isComment(row.text)) return { kind: 'comment-row' };
      const cells = splitCells(row.text, separator);
      if (cells.length < width || endOfCells(cells) > width) {
        const expected = sentence('columns-as-in-line@1', width, names.line);
        const column = Math.min(cells.length, width) + 1;
        const read: LineFault = { reason: 'wrong-column-count', column, expected };
        return { kind: 'entries', entries: [{ text: row.text, read, timeColumn }] };
      }
      const lead = leadOf(columns, cells);
      const entries = series.map((one, i): RowEntry => {
        const value = cells[columns.length + i] ?? '';
        const { time, status } = lead;
        const { symbol, unit } = one;
        const read: ReadingCells = { symbol, value, unit, time, status };
        const column = columns.length + i + 1;
        const isUnclear =
          header.hasUnclearLetters && (one.symbol + one.unit).includes(unclearLetter);
        const checked = isUnclear ? unclearLetters(column) : check(read, column);
        return { text: row.text, read: checked, timeColumn };
      });
      return { kind: 'entries', entries };
    },
  };
}

function separatorOf({ text }: TextRow, { separator }: Profile): Separator {
  if (separator !== undefined) return separator;
  const tried = (['tab', 'semicolon', 'pipe', 'comma'] as const).map(
    (each) => [each, splitCells(text, each).length] as const,
  );
  return tried.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

interface Series {
  readonly symbol: string;
  readonly unit: string;
}

/** A repeated name is distinguished by its number: `DELTA`, `DELTA #2`. */
function seriesOf(names: readonly string[], units: readonly string[]): readonly Series[] {
  const seen = new Map<string, number>();
  return names.slice(0, endOfCells(names)).map((name, i) => {
    const { symbol, unit } = splitName(name);
    const times = (seen.get(symbol) ?? 0) + 1;
    seen.set(symbol, times);
    const below = units[i] ?? '';
    return {
      symbol: times === 1 ? symbol : `${symbol} #${times}`,
      unit: below === '' ? unit : below,
    };
  });
}

/** "COD [mg/L]" → symbol and unit; "TC_Avg(2)" is the second of its kind. */
function splitName(name: string): Series {
  const open = name.search(/[([]/);
  if (open <= 0 || !/[)\]]$/.test(name)) return { symbol: name, unit: '' };
  const unit = name.slice(open + 1, -1).trim();
  if (/^\d+$/.test(unit)) return { symbol: name, unit: '' };
  return { symbol: name.slice(0, open).trim(), unit };
}

/** Time and status of a line, which all its values share. */
function leadOf(columns: readonly Column[], cells: readonly string[]) {
  const cell = (column: Column) => cells[columns.indexOf(column)] ?? '';
  const time = columns.includes('time') ? cell('time') : `${cell('date')} ${cell('timeOfDay')}`;
  return { time, status: columns.includes('status') ? cell('status') : '' };
}

function check(read: ReadingCells, column: number): ReadingCells | LineFault {
  const fault = faultOf(read);
  return fault === undefined ? read : { reason: fault[1], column, expected: fault[2] };
}
