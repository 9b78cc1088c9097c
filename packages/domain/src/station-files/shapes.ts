import type { FileForm, Profile } from '@envigate/contracts';
import { sentence, type Sentence } from '../reasons/sentences.ts';

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

/** What a line of the layout has: `5 columns: symbol, value, unit, time and status, separated by TABs`. */
export function expectedLayout({ separator, shape: { columns } }: Layout): Sentence {
  return sentence('columns@1', columns.join(' '), separator);
}

/** How a file was read, in one line: `A5 tab utf-8`, `wide comma utf-8 by KCN-CSV`. */
export function describeForm({ shape, separator, encoding, profile }: FileForm): string {
  const form = `${shape} ${separator} ${encoding}`;
  return profile === undefined ? form : `${form} by ${profile}`;
}
