import type { Profile } from '@envigate/contracts';
import { faultOf, type LineFault, type ReadingCells } from './read-cells.ts';
import { endOfCells } from './recognise-layout.ts';
import type { ReadRow, RowEntry } from './read-rows.ts';
import type { Column, Separator } from './shapes.ts';
import { isComment } from './side-rows.ts';
import { splitCells } from './split-cells.ts';
import type { TextRow } from './split-rows.ts';

export interface WideTable {
  readonly separator: Separator;
  readonly read: (row: TextRow) => ReadRow;
}

/**
 * A table with a column for each symbol, as vendors' daily CSV files have: `header` names them,
 * "NO2(µg/Nm3)" with its unit. Undefined where it names none.
 */
export function wideTable(header: TextRow, profile: Profile): WideTable | undefined {
  const separator = separatorOf(header, profile);
  const columns = profile.columns ?? ['time'];
  const names = splitCells(header.text, separator);
  const series = names.slice(columns.length, endOfCells(names)).map(seriesOf);
  if (series.length === 0) return undefined;
  const width = columns.length + series.length;
  const timeColumn = Math.max(columns.indexOf('time'), columns.indexOf('date')) + 1;

  return {
    separator,
    read(row) {
      if (isComment(row.text)) return { kind: 'comment-row' };
      const cells = splitCells(row.text, separator);
      if (cells.length < width || endOfCells(cells) > width) {
        const expected = `${width} columns, as in line ${header.line}`;
        const column = Math.min(cells.length, width) + 1;
        const read: LineFault = { reason: 'wrong-column-count', column, expected };
        return { kind: 'entries', entries: [{ text: row.text, read, timeColumn }] };
      }
      const lead = leadOf(columns, cells);
      const entries = series.map((one, i): RowEntry => {
        const value = cells[columns.length + i] ?? '';
        const read: ReadingCells = { ...lead, ...one, value };
        return { text: row.text, read: checked(read, columns.length + i + 1), timeColumn };
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

function seriesOf(name: string): { readonly symbol: string; readonly unit: string } {
  const open = name.search(/[([]/);
  if (open <= 0 || !/[)\]]$/.test(name)) return { symbol: name, unit: '' };
  return { symbol: name.slice(0, open).trim(), unit: name.slice(open + 1, -1).trim() };
}

/** Time and status of a line, which all its values share. */
function leadOf(columns: readonly Column[], cells: readonly string[]) {
  const cell = (column: Column) => cells[columns.indexOf(column)] ?? '';
  const time = columns.includes('time') ? cell('time') : `${cell('date')} ${cell('timeOfDay')}`;
  return { time, status: columns.includes('status') ? cell('status') : '' };
}

function checked(read: ReadingCells, column: number): ReadingCells | LineFault {
  const fault = faultOf(read);
  return fault === undefined ? read : { reason: fault[1], column, expected: fault[2] };
}
