import type { RejectedLine } from '@envigate/contracts';
import type { FileReason, LineReason } from '../reasons/reasons.ts';
import { decodeText } from './decode-text.ts';
import { isLineFault, type LineFault } from './line-shape.ts';
import { rowReader, type ReadingContext, type StationLine } from './read-row.ts';
import { recogniseShape } from './recognise-shape.ts';
import { splitRows, type TextRow } from './split-rows.ts';

export type ParsedStationFile =
  /** At least one line was understood. Lines and rejected lines together are all that are not blank. */
  | {
      readonly kind: 'parsed';
      readonly lines: readonly StationLine[];
      readonly rejectedLines: readonly RejectedLine[];
    }
  | {
      readonly kind: 'unreadable';
      readonly reason: FileReason | LineReason;
      readonly detail: string;
      readonly rejectedLines: readonly RejectedLine[];
    };

/** Files have 0.2 to 2 KB; ten days of a logger written into one file stay below this. */
export const maxRows = 10_000;

/**
 * A station file's bytes → its lines: decode, split into rows, recognise the shape, read each row.
 * Total: whatever the bytes, the answer is a value.
 */
export function parseStationFile(
  content: Uint8Array,
  context: ReadingContext & {
    /** The last line ends with the file although more was to come: nothing in it is relied on. */
    readonly isCut?: boolean;
  },
): ParsedStationFile {
  const decoded = decodeText(content);
  if (decoded.kind === 'unreadable') return { ...decoded, rejectedLines: [] };

  const rows = splitRows(decoded.text, maxRows);
  if (rows === undefined) return unreadable('too-many-lines', `more than ${maxRows} lines`);
  if (rows.length === 0) return unreadable('empty-file', 'blank lines only');

  const lines: StationLine[] = [];
  const rejectedLines: RejectedLine[] = [];
  const read = rowReader(recogniseShape(rows), context);
  let firstFault: LineFault | undefined;
  for (const row of rows) {
    const result = context.isCut === true && row === rows.at(-1) ? cutLine(row) : read(row);
    if (isLineFault(result)) {
      firstFault ??= result;
      rejectedLines.push(rejectLine(row, result));
    } else {
      lines.push(result);
    }
  }
  const [first] = rejectedLines;
  if (lines.length === 0 && first !== undefined && firstFault !== undefined) {
    const detail = `line ${first.line}, column ${first.column}: expected ${first.expected}`;
    return { kind: 'unreadable', reason: firstFault.reason, detail, rejectedLines };
  }
  return { kind: 'parsed', lines, rejectedLines };
}

function cutLine({ cells }: TextRow): LineFault {
  return { reason: 'line-cut', column: cells.length, expected: 'the rest of the line' };
}

/** More is in the original, which is kept. */
const maxRejectedText = 500;

export function rejectLine(
  { line, text }: Pick<TextRow, 'line' | 'text'>,
  { reason, column, expected }: LineFault,
): RejectedLine {
  // A cut between the halves of a character would leave text that no store takes.
  const kept = text.slice(0, maxRejectedText).replace(/[\uD800-\uDBFF]$/, '');
  return { line, column, reason, expected, text: kept };
}

function unreadable(reason: FileReason, detail: string): ParsedStationFile {
  return { kind: 'unreadable', reason, detail, rejectedLines: [] };
}
