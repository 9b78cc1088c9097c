import { sentence, type Sentence } from '../reasons/sentences.ts';
import type { FileForm, FileWarning, Profile, RejectedLine } from '@envigate/contracts';
import { decodeText, notUtf8, type DecodedText } from '../texts/decode-text.ts';
import { unclearLetter } from '../texts/single-byte.ts';
import { warn, type FileReason, type LineReason } from '../reasons/reasons.ts';
import { LineCollector } from './line-collector.ts';
import type { ParseContext, StationLine } from './station-line.ts';
import { isLineFault, unclearLetters, type LineFault } from './read-cells.ts';
import { planReading, type ReadingPlan } from './plan-reading.ts';
import type { ReadRow } from './read-rows.ts';
import { looksLikeTime } from '../times/parse-time.ts';
import { splitRows, type TextRow, type TextRows } from './split-rows.ts';
import { isTrailer } from './trailer.ts';

/** `newestMs`: the newest time that a line states, as LineCollector says; undefined where none does. */
export type ParsedStationFile =
  /**
   * At least one line was understood. Lines, rejected lines and the warnings about lines together
   * are all that are not blank; where several readings stand on a line, each counts as one.
   */
  | {
      readonly kind: 'parsed';
      readonly form: FileForm;
      readonly lines: readonly StationLine[];
      readonly newestMs: number | undefined;
      readonly rejectedLines: readonly RejectedLine[];
      readonly warnings: readonly FileWarning[];
    }
  | {
      readonly kind: 'unreadable';
      readonly reason: FileReason | LineReason;
      readonly detail: Sentence;
      /** The first of them where there are many: the file is kept as a whole. */
      readonly rejectedLines: readonly RejectedLine[];
      readonly newestMs?: number | undefined;
    };

/** A year of one parameter every five minutes. It bounds the message that a file turns into. */
export const maxLines = 100_000;
/** Of a file that is in quarantine as a whole. */
const maxListedRejects = 1_000;

/**
 * A station file's bytes → its lines: decode, split into rows, recognise the layout, read each row.
 * Total: whatever the bytes, the answer is a value, in time and room that grow with the size.
 */
export function parseStationFile(content: Uint8Array, context: ParseContext): ParsedStationFile {
  const decoded = decodeText(content, context.profile?.encoding);
  if (decoded.kind === 'unreadable') return { ...decoded, rejectedLines: [] };

  const split = splitRows(decoded.text, maxLines);
  if (split === undefined)
    return unreadable('too-many-lines', sentence('more-than-lines@1', maxLines));
  if (split.rows.length === 0) return unreadable('empty-file', sentence('blank-lines-only@1'));
  const plan = planReading(split.rows, context.profile, decoded.unclearAt !== undefined);
  return readFile(decoded, split, plan, context);
}

function readFile(
  decoded: Extract<DecodedText, { kind: 'text' }>,
  split: TextRows,
  plan: ReadingPlan,
  context: ParseContext,
): ParsedStationFile {
  const { rows, isLastEnded, mayHoldControls } = split;
  const collector = new LineCollector(context);
  const hasUnclear = decoded.unclearAt !== undefined;
  const isCut = decoded.endsInCharacter === true || (context.doubtsEnd === true && !isLastEnded);
  const trailersFrom = rows.length - Math.max(1, context.profile?.trailerLines ?? 0);
  for (const [at, row] of rows.entries()) {
    const control = mayHoldControls ? row.text.search(controlCharacter) : -1;
    const unclear = hasUnclear ? row.text.indexOf(unclearLetter) : -1;
    if (control >= 0) collector.reject(row, controlFault(row, control));
    else if (unclear >= 0) collector.reject(row, unclearLetters(columnAt(row, unclear)));
    else if (at < plan.firstRow || plan.firstRow < 0) collector.skip(row, 'header-row');
    else if (at < trailersFrom) collector.take(row, plan.read(row));
    else takeLast(at, row);
    if (collector.size > maxLines) {
      return unreadable('too-many-lines', sentence('more-than-readings@1', maxLines));
    }
  }

  const { lines, rejectedLines, newestMs } = collector;
  if (lines.length > 0) {
    if (!isLastEnded) doubtLastStatus(lines, rows.at(-1));
    const warnings = [...encodingWarnings(decoded, split), ...collector.warnings()];
    const form = formOf(plan, decoded, collector, context.profile);
    return { kind: 'parsed', form, lines, newestMs, rejectedLines, warnings };
  }
  if (decoded.unclearAt !== undefined)
    return { ...notUtf8(decoded.unclearAt), rejectedLines: [], newestMs };
  const listed = rejectedLines.slice(0, maxListedRejects);
  const [first] = listed;
  if (first === undefined) return unreadable('no-data', sentence('no-data-lines@1'));
  const place = [first.line, first.column, first.expected] as const;
  const more = rejectedLines.length - listed.length;
  return {
    kind: 'unreadable',
    reason:
      plan.isUnknown && first.reason === 'wrong-column-count'
        ? 'unknown-form'
        : (first.reason as LineReason),
    detail:
      more === 0
        ? sentence('first-refused-line@1', ...place)
        : sentence('first-refused-line-of-many@1', ...place, more),
    rejectedLines: listed,
    newestMs,
  };

  /** One of the lines at the end, which may be marks of their logger instead of data. */
  function takeLast(at: number, row: TextRow): void {
    const isLast = at === rows.length - 1;
    const isDoubted = isLast && isCut;
    const read = isDoubted ? undefined : plan.read(row);
    if (read !== undefined && !isRefused(read)) collector.take(row, read);
    else if (isMark(at, row, isLast)) collector.skip(row, 'trailer-row');
    else if (read === undefined) collector.reject(row, cutLine(row));
    else collector.take(row, read);
  }

  function isMark(at: number, row: TextRow, isLast: boolean): boolean {
    if (collector.lines.length === 0) return false;
    if (rows.length - at <= (context.profile?.trailerLines ?? 0)) return true;
    if (!isLast) return false;
    const { lines } = collector;
    const counts = [new Set(lines.map(({ line }) => line)).size, lines.length];
    const texts = rows.slice(0, at).map(({ text }) => text);
    return isTrailer(row.text, { counts, texts }, isLastEnded);
  }
}

function isRefused(read: ReadRow): boolean {
  if (read.kind !== 'entries') return false;
  return read.entries.every((entry) => isLineFault(entry.read) || !looksLikeTime(entry.read.time));
}

// The upper ones stand for bytes that an encoding does not define.
const controlCharacter = /[\x00-\x08\x0A-\x1F\x7F-\x9F]/;

function cutLine(row: TextRow): LineFault {
  const column = columnAt(row, row.text.length);
  return { reason: 'line-cut', column, expected: sentence('rest-of-line@1') };
}

function controlFault(row: TextRow, at: number): LineFault {
  return {
    reason: 'control-character',
    column: columnAt(row, at),
    expected: sentence('printable-text@1'),
  };
}

function columnAt({ text }: TextRow, at: number): number {
  return text.slice(0, at).split('\t').length;
}

/**
 * A status of one digit that ends a file without a line end may be the first of two, unless
 * another line has one digit too.
 */
function doubtLastStatus(lines: StationLine[], lastRow: TextRow | undefined): void {
  const last = lines.at(-1);
  if (last?.status.length !== 1 || last.line !== lastRow?.line) return;
  if (lines.slice(0, -1).some(({ status }) => status.length === 1)) return;
  lines[lines.length - 1] = { ...last, statusCode: last.status };
}

function encodingWarnings(
  { encodingWarnings: ofBytes }: Extract<DecodedText, { kind: 'text' }>,
  { framing, doubledEnds }: TextRows,
): FileWarning[] {
  const warnings: FileWarning[] = ofBytes.map(({ code, detail }) => warn(code, detail));
  if (framing !== undefined) {
    const { count, names } = framing;
    warnings.push(
      warn('control-characters-removed', sentence('control-characters@1', count, names.join(', '))),
    );
  }
  if (doubledEnds > 0) warnings.push(warn('doubled-line-ends', sentence('lines@1', doubledEnds)));
  return warnings;
}

function formOf(
  { shape, separator }: ReadingPlan,
  { encoding }: Extract<DecodedText, { kind: 'text' }>,
  { lines, hasGroups }: LineCollector,
  profile: Profile | undefined,
): FileForm {
  return {
    shape: nameOfShape(),
    separator: separator === 'gaps' ? 'blanks' : separator,
    encoding,
    ...(profile === undefined ? {} : { profile: profile.code }),
  };

  function nameOfShape(): FileForm['shape'] {
    if (shape === 'A4' && (separator === 'gaps' || separator === 'blanks')) return 'X4';
    if (shape !== 'A5') return shape;
    if (hasGroups) return 'W5';
    const [first] = lines;
    return lines.some(({ instantMs }) => instantMs !== first?.instantMs) ? 'M5' : 'A5';
  }
}

function unreadable(reason: FileReason, detail: Sentence): ParsedStationFile {
  return { kind: 'unreadable', reason, detail, rejectedLines: [] };
}
