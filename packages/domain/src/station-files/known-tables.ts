import type { Profile } from '@envigate/contracts';
import type { Column } from './shapes.ts';
import { splitCells } from './split-cells.ts';
import type { TextRow } from './split-rows.ts';

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
const mark = /^"?(TOA5|TOACI1)"?,/;

/** The columns before the first value; a table may lack either. */
const leads: Readonly<Record<string, Column>> = {
  ...{ TIMESTAMP: 'time', TMSTAMP: 'time' },
  ...{ RECORD: 'ignored', RECNBR: 'ignored' },
};

/**
 * The profile of a file that begins with the mark of a known table, with what `profile` adds to it;
 * undefined where it begins otherwise, has no times, or the profile describes another form.
 */
export function knownTable(
  rows: readonly TextRow[],
  profile: Profile | undefined,
): Profile | undefined {
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
