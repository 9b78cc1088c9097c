import type { RejectedLine } from '@envigate/contracts';
import type { LineFault } from './read-cells.ts';
import type { TextRow } from './split-rows.ts';

/** More is in the original, which is kept. */
const maxRejectedText = 500;

export function rejectLine(
  { line, text }: Pick<TextRow, 'line' | 'text'>,
  { reason, column, expected }: LineFault,
): RejectedLine {
  // A cut between the halves of a character would leave text that no store takes.
  const kept = text.slice(0, maxRejectedText).replace(/[\uD800-\uDBFF]$/, '');
  return { line, column, reason, expected, text: kept.trimEnd() };
}
