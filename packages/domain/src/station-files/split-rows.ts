/** A line that is not blank. */
export interface TextRow {
  /** From 1; blank lines count. */
  readonly line: number;
  /** Without its line end. */
  readonly text: string;
}

export interface TextRows {
  readonly rows: readonly TextRow[];
  /** Lines that end in CR CR LF: a text that was turned twice on its way. */
  readonly doubledEnds: number;
  /** Whether the last row has a line end. */
  readonly isLastEnded: boolean;
}

/**
 * Text → rows. Lines end in LF, CR LF or CR CR LF, in a text without LF in CR, and with the text.
 * Undefined where there are more than `maxLines` rows: then the rest was not looked at.
 */
export function splitRows(text: string, maxLines: number): TextRows | undefined {
  const rows: TextRow[] = [];
  const end = text.includes('\n') ? '\n' : '\r';
  let line = 0;
  let doubledEnds = 0;
  let isLastEnded = false;
  for (let start = 0; start < text.length;) {
    line++;
    const at = text.indexOf(end, start);
    const stop = at < 0 ? text.length : at;
    if (text.charCodeAt(stop - 1) === CR && text.charCodeAt(stop - 2) === CR) doubledEnds++;
    const row = withoutCr(text, start, stop);
    start = stop + 1;
    if (row.trim() === '') continue;
    if (rows.length === maxLines) return undefined;
    rows.push({ line, text: row });
    isLastEnded = at >= 0;
  }
  return { rows, doubledEnds, isLastEnded };
}

const CR = 0x0d;

function withoutCr(text: string, start: number, stop: number): string {
  let end = stop;
  while (end > start && text.charCodeAt(end - 1) === CR) end--;
  return text.slice(start, end);
}
