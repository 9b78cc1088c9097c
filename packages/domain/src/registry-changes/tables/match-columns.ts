import { nearestWord } from '@envigate/contracts';
import type { TableCell } from './table-input.ts';

export interface MatchedColumns {
  /** Name to its place in a row. */
  readonly columns: ReadonlyMap<string, number>;
  /** Those that hold anything. */
  readonly rows: readonly (readonly TableCell[])[];
  readonly faults: readonly { readonly cell: TableCell; readonly text: string }[];
}

/** Which column is which, and which rows do not have the header's form. */
export function matchColumns(
  header: readonly TableCell[],
  rows: readonly (readonly TableCell[])[],
  names: readonly string[],
): MatchedColumns {
  const faults: { cell: TableCell; text: string }[] = [];
  const columns = new Map<string, number>();
  const filled = rows.filter((row) => !row.every(isBlank));
  header.forEach((cell, at) => {
    const name = cell.text.trim();
    const isUsed = filled.some((row) => !isBlank(row[at]));
    if (name === '') {
      // Spreadsheets save empty columns at the right.
      if (isUsed) faults.push({ cell, text: 'the column must have a name' });
    } else if (!names.includes(name)) faults.push({ cell, text: unknownColumn(name, names) });
    else if (columns.has(name)) faults.push({ cell, text: `the column '${name}' is there twice` });
    else columns.set(name, at);
  });
  for (const row of filled) {
    const [first] = row;
    const surplus = row.slice(header.length).find((cell) => !isBlank(cell));
    const wanted = `must have ${header.length} cells as the header, not ${row.length}`;
    if (surplus !== undefined) faults.push({ cell: surplus, text: wanted });
    else if (first !== undefined && row.length < header.length)
      faults.push({ cell: first, text: wanted });
  }
  return { columns, rows: filled, faults };
}

function unknownColumn(name: string, names: readonly string[]): string {
  const meant = nearestWord(name, names);
  const hint =
    meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean '${meant}'?`;
  return `'${name}' is no column of this table${hint}`;
}

function isBlank(cell: TableCell | undefined): boolean {
  return cell === undefined || cell.text.trim() === '';
}
