import { decodeText, type Encoding } from '../texts/decode-text.ts';
import type { NormaliseOutcome } from '../normalise/normalise-file.ts';
import { inEnglish } from './in-english.ts';

/** The lines of a text as a person counts them: counted in another way than by the code under test. */
export function linesOf(content: Uint8Array, fixed?: Encoding): readonly string[] {
  const decoded = decodeText(content, fixed);
  if (decoded.kind === 'unreadable') return [];
  return decoded.text.split(decoded.text.includes('\n') ? /\r*\n/ : '\r');
}

/** Nothing can be read in it. */
function isBlank(line: string): boolean {
  return line.replace(/[\x00-\x20\x7F]+/g, '').trim() === '';
}

/**
 * Which lines of a file its outcome leaves out, or counts twice; '' where all is well. `fixed` is
 * the encoding that a profile gives the file.
 */
export function faultOfAccount(
  outcome: NormaliseOutcome,
  content: Uint8Array,
  fixed?: Encoding,
): string {
  const lines = linesOf(content, fixed);
  const written = lines.flatMap((line, i) => (isBlank(line) ? [] : [i + 1]));
  const { rejectedLines } = outcome.message;
  const strange = rejectedLines.find(({ line }) => !written.includes(line));
  if (strange !== undefined) return `line ${strange.line} is rejected and is not there`;
  // A file in quarantine is kept as a whole.
  if (outcome.kind === 'quarantined') return '';

  const { readings, warnings, form } = outcome.message;
  const ofLines = warnings.filter(({ code }) => aboutLines.has(code));
  const inWarnings = ofLines.reduce((sum, warning) => sum + (warning.lines ?? 1), 0);
  const accounted = new Set([
    ...[...readings, ...rejectedLines].map(({ line }) => line),
    ...ofLines.map(({ detail }) => Number(/^line (\d+)/.exec(inEnglish(detail))?.[1])),
  ]);
  const isWhole = ofLines.every((warning) => warning.lines === undefined);
  const missing = written.filter((line) => !accounted.has(line));
  if (isWhole && missing.length > 0) return `lines ${missing.join(', ')} are not reported`;
  if (form?.shape === 'W5' || form?.shape === 'wide') return '';
  const sum = readings.length + rejectedLines.length + inWarnings;
  return sum === written.length ? '' : `${written.length} lines, ${sum} reported`;
}

const aboutLines = new Set(['duplicate-line', 'header-row', 'comment-row', 'trailer-row']);
