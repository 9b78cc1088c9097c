export interface TableCell {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Of its first character in the line, from 1. */
  readonly column: number;
}

/** One table as it was read; the first row is the header. */
export interface TableInput {
  readonly file: string;
  /** One of tableLayouts. */
  readonly name: string;
  readonly decimalComma: boolean;
  readonly rows: readonly (readonly TableCell[])[];
}

export interface TableFault {
  readonly file: string;
  readonly cell: TableCell;
  /** What was expected and found. */
  readonly text: string;
}
