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
