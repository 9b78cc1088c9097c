import type { FileForm, Profile } from '@envigate/contracts';

export type Column = NonNullable<Profile['columns']>[number];
export type ShapeName = FileForm['shape'];

/** One way in which loggers order the cells of a line. */
export interface LineShape {
  readonly name: ShapeName;
  readonly columns: readonly Column[];
}

/** The orders seen, the official one (TT 10/2021, Phụ lục 15) first. */
export const lineShapes = {
  A5: { name: 'A5', columns: ['symbol', 'value', 'unit', 'time', 'status'] },
  B5: { name: 'B5', columns: ['time', 'symbol', 'value', 'unit', 'status'] },
  A4: { name: 'A4', columns: ['symbol', 'value', 'unit', 'time'] },
  B4: { name: 'B4', columns: ['time', 'symbol', 'value', 'unit'] },
  C4: { name: 'C4', columns: ['symbol', 'value', 'time', 'status'] },
  A3: { name: 'A3', columns: ['symbol', 'value', 'time'] },
  B3: { name: 'B3', columns: ['time', 'symbol', 'value'] },
} as const satisfies Readonly<Record<string, LineShape>>;

/**
 * What cuts a line into cells. `gaps` are TABs and two blanks or more, so that one blank may stand in
 * a symbol ("Vinyl chloride"); `blanks` are any. `mixed` are TABs, semicolons and gaps on one line.
 */
export type Separator = 'tab' | 'semicolon' | 'pipe' | 'comma' | 'gaps' | 'blanks' | 'mixed';

/** How the lines of a file are cut and what their cells are. */
export interface Layout {
  readonly separator: Separator;
  readonly shape: LineShape;
}

export const officialLayout: Layout = { separator: 'tab', shape: lineShapes.A5 };

const namesOfColumns: Readonly<Record<Column, string>> = {
  symbol: 'symbol',
  value: 'value',
  unit: 'unit',
  time: 'time',
  date: 'date',
  timeOfDay: 'time of day',
  status: 'status',
  ignored: 'a cell that is not read',
};
const namesOfSeparators: Readonly<Record<Separator, string>> = {
  tab: 'TABs',
  semicolon: 'semicolons',
  comma: 'commas',
  pipe: 'vertical bars',
  gaps: 'blanks',
  blanks: 'blanks',
  mixed: 'TABs, semicolons or blanks',
};

/** For people: `5 columns: symbol, value, unit, time and status, separated by TABs`. */
export function describeLayout({ separator, shape: { columns } }: Layout): string {
  const names = columns.map((column) => namesOfColumns[column]);
  const list = [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ');
  return `${columns.length} columns: ${list}, separated by ${namesOfSeparators[separator]}`;
}

/** How a file was read, in one line: `A5 tab utf-8`, `wide comma utf-8 by KCN-CSV`. */
export function describeForm({ shape, separator, encoding, profile }: FileForm): string {
  const form = `${shape} ${separator} ${encoding}`;
  return profile === undefined ? form : `${form} by ${profile}`;
}
