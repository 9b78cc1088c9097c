/** A line that is not blank. */
export interface TextRow {
  /** From 1; blank lines count. */
  readonly line: number;
  /** Without blanks and line end after the last character. */
  readonly text: string;
  /** Cut at the TABs, without blanks around. */
  readonly cells: readonly string[];
}

/**
 * Text → rows. Lines end in CRLF, LF or with the file. Undefined where there are more rows than
 * `maxRows`: then the rest was not looked at.
 */
export function splitRows(text: string, maxRows: number): readonly TextRow[] | undefined {
  const rows: TextRow[] = [];
  let line = 0;
  for (let start = 0; start < text.length;) {
    line++;
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const row = text.slice(start, end);
    start = end + 1;
    if (row.trim() === '') continue;
    if (rows.length === maxRows) return undefined;
    const cells = row.split('\t').map((cell) => cell.trim());
    rows.push({ line, text: row.trimEnd(), cells });
  }
  return rows;
}
