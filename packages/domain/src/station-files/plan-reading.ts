import type { FileForm, Profile } from '@envigate/contracts';
import { rowReader, type ReadRow } from './read-rows.ts';
import { wideTable } from './read-wide.ts';
import { anyLayout, layoutChoice, recogniseLayout } from './recognise-layout.ts';
import { officialLayout, type Column, type Layout, type Separator } from './shapes.ts';
import type { TextRow } from './split-rows.ts';
import { splitCells } from './split-cells.ts';

/** How the lines of one file are read. */
export interface ReadingPlan {
  readonly shape: FileForm['shape'];
  readonly separator: Separator;
  /** Lines before it are no data. */
  readonly firstRow: number;
  readonly read: (row: TextRow) => ReadRow;
  /** No line has a form that is known: each says what it lacks of the official one. */
  readonly isUnknown: boolean;
}

/**
 * A profile says how, as far as it does; a file that begins with the mark of a known table says so
 * itself; the rest is recognised from the lines. `hasUnclearLetters`: as in DecodedText.
 */
export function planReading(
  rows: readonly TextRow[],
  profile: Profile | undefined,
  hasUnclearLetters = false,
): ReadingPlan {
  const described = knownTable(rows, profile) ?? profile;
  const headerLines = headerLinesOf(described);
  const firstRow = rows.findIndex(({ line }) => line > headerLines);
  if (described?.wide === true) {
    const header = rows.slice(0, firstRow < 0 ? rows.length : firstRow);
    const table = planTable(header, described, hasUnclearLetters);
    if (table !== undefined) return { ...table, firstRow };
  }
  const data = firstRow < 0 ? [] : rows.slice(firstRow);
  const choice = described === undefined ? anyLayout : layoutChoice(described);
  const layout = recogniseLayout(data, choice);
  return layout === undefined
    ? { ...planOf(officialLayout, firstRow), isUnknown: !data.some(hasOfficialWidth) }
    : planOf(layout, firstRow);
}

/** Where it is not configured, a header ends with the line of the names or the units, whichever is the later. */
function headerLinesOf(profile: Profile | undefined): number {
  const { wide = false, headerLines, namesLine = 0, unitsLine = 0 } = profile ?? {};
  return headerLines ?? Math.max(wide ? 1 : 0, namesLine, unitsLine);
}

function planTable(
  header: readonly TextRow[],
  profile: Profile,
  hasUnclearLetters: boolean,
): Omit<ReadingPlan, 'firstRow'> | undefined {
  const { namesLine, unitsLine } = profile;
  const at = (wanted: number | undefined) => header.find(({ line }) => line === wanted);
  const names = namesLine === undefined ? header.at(-1) : at(namesLine);
  if (names === undefined) return undefined;
  const lines = { names, units: at(unitsLine), lines: header, hasUnclearLetters };
  const table = wideTable(lines, profile);
  return table === undefined ? undefined : { shape: 'wide', ...table, isUnknown: false };
}

function planOf(layout: Layout, firstRow: number): ReadingPlan {
  const { separator, shape } = layout;
  return { shape: shape.name, separator, firstRow, read: rowReader(layout), isUnknown: false };
}

function hasOfficialWidth({ text }: TextRow): boolean {
  return text.split('\t').length === officialLayout.shape.columns.length;
}

/** Tables that say in their first cell what they are. Lines from 1. */
interface KnownTable {
  readonly headerLines: number;
  readonly namesLine: number;
  readonly unitsLine?: number;
}

/**
 * Campbell Scientific, LoggerNet manual, appendix "File Formats". TOA5: environment, names, units, and how
 * each value was made (Avg, Smp). TOACI1, older: environment and names.
 */
const tables: Readonly<Record<string, KnownTable>> = {
  TOA5: { headerLines: 4, namesLine: 2, unitsLine: 3 },
  TOACI1: { headerLines: 2, namesLine: 2 },
};
const mark = new RegExp(`^"?(${Object.keys(tables).join('|')})"?,`);

/** The columns before the first value; a table may lack either. */
const leads: Readonly<Record<string, Column>> = {
  ...{ TIMESTAMP: 'time', TMSTAMP: 'time' },
  ...{ RECORD: 'ignored', RECNBR: 'ignored' },
};

/**
 * The profile of a file that begins with the mark of a known table, with what `profile` adds to it;
 * undefined where it begins otherwise, has no times, or the profile describes another form.
 */
function knownTable(rows: readonly TextRow[], profile: Profile | undefined): Profile | undefined {
  const [first] = rows;
  const [, name = ''] = mark.exec(first?.text ?? '') ?? [];
  const table = tables[name];
  if (first === undefined || table === undefined || describesAnother(profile)) return undefined;
  const before = first.line - 1;
  const names = rows.find(({ line }) => line === before + table.namesLine);
  const [lead, ...more] = profile?.columns ?? leadsOf(names);
  if (lead === undefined || ![lead, ...more].some(isTime)) return undefined;
  return {
    ...{ code: name, name },
    ...profile,
    ...{ wide: true, separator: 'comma', columns: [lead, ...more] },
    headerLines: before + table.headerLines,
    namesLine: before + table.namesLine,
    ...(table.unitsLine !== undefined && { unitsLine: before + table.unitsLine }),
  };
}

function isTime(column: Column): boolean {
  return column === 'time' || column === 'date';
}

/** Whoever names the lines of the header, or a form without one, means that. */
function describesAnother(profile: Profile | undefined): boolean {
  if (profile === undefined) return false;
  const { namesLine, unitsLine, shape, columns, wide } = profile;
  if (namesLine !== undefined || unitsLine !== undefined || shape !== undefined) return true;
  return columns !== undefined && wide !== true;
}

function leadsOf(names: TextRow | undefined): Column[] {
  const columns: Column[] = [];
  for (const cell of names === undefined ? [] : splitCells(names.text, 'comma')) {
    const column = leads[cell];
    if (column === undefined) break;
    columns.push(column);
  }
  return columns;
}
