import { byteaArray, hexArray, numberArray, textArray } from './session.ts';

/**
 * One parameter of a statement that takes rows as columns: its values of all rows, as an array. To be made once,
 * at module level: V8 compiles a function that is made anew for each batch anew for each batch.
 */
export type Column<Row> = (rows: readonly Row[]) => string;

export function numbers<Row>(of: (row: Row) => number | null): Column<Row> {
  return (rows) => numberArray(rows.map(of));
}

export function texts<Row>(of: (row: Row) => string | null): Column<Row> {
  return (rows) => textArray(rows.map(of));
}

export function bytes<Row>(of: (row: Row) => Uint8Array): Column<Row> {
  return (rows) => byteaArray(rows.map(of));
}

/** bytea given as hexadecimal. */
export function hexes<Row>(of: (row: Row) => string): Column<Row> {
  return (rows) => hexArray(rows.map(of));
}

/** The parameters, in the order of the columns. */
export function parametersOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly string[] {
  return columns.map((column) => column(rows));
}

// The SQL of such parameters, made from a list of columns with their types: `station_id integer, unit text`.

/** `station_id, unit` */
export function namesOf(list: string): string {
  return columnsIn(list)
    .map(([name]) => name)
    .join(', ');
}

/** `$1::integer[], $2::text[]` */
export function arraysOf(list: string): string {
  return columnsIn(list)
    .map(([, type], i) => `$${i + 1}::${type}[]`)
    .join(', ');
}

/**
 * The parameters as a table. By functions of the SELECT list: in FROM, each column would be kept whole before the
 * first row is read, which takes the insertion of readings a tenth longer. The arrays must be equally long.
 */
export function rowsOf(list: string): string {
  const rows = columnsIn(list).map(([name, type], i) => `unnest($${i + 1}::${type}[]) AS ${name}`);
  return `(SELECT ${rows.join(', ')})`;
}

function columnsIn(list: string): readonly (readonly [name: string, type: string])[] {
  return list.split(',').map((column) => {
    const [name = '', type = ''] = column.trim().split(' ');
    return [name, type];
  });
}
