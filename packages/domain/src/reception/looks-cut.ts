import { isControl } from '../texts/control-characters.ts';
import { maxLines } from '../station-files/parse-station-file.ts';
import { splitRows, type TextRow } from '../station-files/split-rows.ts';
import { isTrailer, trailerCandidate, type TrailerCandidate } from '../station-files/trailer.ts';

/**
 * Why a file looks as if its end were missing: its last line has fewer columns than every other,
 * or its last column, a time or a status, is shorter than that of every other.
 */
export type CutReason = 'columns-missing' | 'column-cut';

// Every byte is a character: neither another code page nor a character cut in two is in the way.
const bytewise = new TextDecoder('latin1');

/** What is short at the end of a file. */
export interface Cut {
  readonly reason: CutReason;
  /** The last line, where it may be a mark that its logger writes behind every file. */
  readonly trailer?: TrailerCandidate;
}

/**
 * Whether the last line of a station file is cut. Only what the other lines vouch for counts, so
 * that no whole file counts as cut; control characters and marks at the end do not. What
 * cannot be seen, and therefore is not held: a cut exactly at the end of a line; a file of one line
 * (unless it holds several readings, shape W5); a value, unit or symbol that lost characters but no
 * column, where it is the last column; files whose columns are separated by neither TAB nor semicolon,
 * save for a missing time.
 */
export function looksCut(content: Uint8Array): Cut | undefined {
  const end = endOfText(content);
  const last = content[content.findLastIndex((byte, at) => at < end && !isBlank(byte))];
  if (last === undefined || last === LF || last === CR) return undefined;
  const text = bytewise
    .decode(content.subarray(0, end))
    .replaceAll(markOfBytes, '')
    .replaceAll(/\r+\n|\r/g, '\n');
  const split = splitRows(text, maxLines);
  // UTF-16 and what is no text at all.
  if (split === undefined || split.rows.some((row) => row.text.includes('\0'))) return undefined;
  for (const separator of separators) {
    const table = tableOf(split.rows, separator);
    if (table !== undefined) return judgeEnd(table, split.rows, content.subarray(0, end));
  }
  return undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const blank = 0x20;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const markOfBytes = bytewise.decode(Uint8Array.from(byteOrderMark));

function isBlank(byte: number): boolean {
  return byte === blank || byte === TAB;
}

function isMarkAt(content: Uint8Array, at: number): boolean {
  return byteOrderMark.every((byte, i) => content[at + i] === byte);
}

/** Before the control characters and byte order marks behind the last line. */
function endOfText(content: Uint8Array): number {
  let end = content.length;
  for (let at = end; at > 0;) {
    const byte = content[at - 1] ?? LF;
    if (byte !== LF && byte !== CR && isControl(byte)) end = --at;
    else if (isMarkAt(content, at - 3)) end = at -= 3;
    else if (isBlank(byte)) at--;
    else break;
  }
  return end;
}

function judgeEnd(table: Table, rows: readonly TextRow[], content: Uint8Array): Cut | undefined {
  const reason = judge(table);
  if (reason === undefined) return undefined;
  if (rows.length === 1) return { reason };
  const texts = rows.slice(0, -1).map(({ text }) => text);
  const last = lastLineOf(content);
  // The bytes end within a character, and so within a line.
  if (last === undefined) return { reason };
  const { others } = table;
  const cells = others.reduce((sum, { length }) => sum + length, 0);
  const counts = [texts.length, others.length, cells / officialWidth];
  if (isTrailer(last, { counts, texts }, false)) return undefined;
  const isOneCell = reason === 'columns-missing' && table.last.length === 1;
  const trailer = isOneCell ? trailerCandidate(rows.at(-1)?.text ?? '', { texts }) : undefined;
  return trailer === undefined ? { reason } : { reason, trailer };
}

/** Undefined where it is not UTF-8. */
function lastLineOf(content: Uint8Array): string | undefined {
  const start = content.findLastIndex((byte) => byte === LF || byte === CR) + 1;
  try {
    return utf8.decode(content.subarray(start)).replace(controls, '');
  } catch {
    return undefined;
  }
}

const controls = /[\x00-\x08\x0B-\x1F\x7F]/g;
const utf8 = new TextDecoder('utf-8', { fatal: true });

interface Separator {
  readonly split: (row: TextRow) => readonly string[];
  /** Blanks and commas stand in symbols too ("Vinyl chloride", "m,p-Xylene"): columns cannot be counted. */
  readonly isLoose: boolean;
}

/** In the order in which they are tried. */
const separators: readonly Separator[] = [
  { split: ({ text }) => text.split('\t').map(trimmed), isLoose: false },
  { split: ({ text }) => text.split(';').map(trimmed), isLoose: false },
  { split: ({ text }) => text.split('|').map(trimmed), isLoose: false },
  { split: ({ text }) => text.split(',').map(trimmed), isLoose: true },
  { split: ({ text }) => text.trim().split(/\s+/).map(trimmed), isLoose: true },
];

interface Table {
  /** The cells of every line of data but the last, without empty ones at the end. At least one. */
  readonly others: readonly (readonly string[])[];
  readonly last: readonly string[];
  readonly isLoose: boolean;
}

function tableOf(rows: readonly TextRow[], separator: Separator): Table | undefined {
  const { isLoose } = separator;
  const [only] = rows;
  const records =
    rows.length === 1 && only !== undefined
      ? recordsOfOneLine(separator.split(only))
      : rows.map((row) => (isComment(row.text) ? [] : separator.split(row)));
  const last = records.at(-1);
  if (last === undefined || last.length === 0) return undefined;
  // Headers and comments have no time; neither has half a line, which vouches for nothing.
  const others = records
    .slice(0, -1)
    .map(withoutEmptyEnd)
    .filter((cells) => cells.length >= leastColumns && cells.some(isTime));
  return others.length === 0 ? undefined : { others, last, isLoose };
}

/** Name, value and time. */
const leastColumns = 3;

function judge({ others, last, isLoose }: Table): CutReason | undefined {
  if (isLoose) return last.some(isTime) || others.some(isTimeFirst) ? undefined : 'columns-missing';
  if (others.every((cells) => cells.length > last.length)) return 'columns-missing';
  const at = last.length - 1;
  const column = others.map((cells) => cells[at] ?? '');
  return isShortOf(last[at] ?? '', column) ? 'column-cut' : undefined;
}

/** Times and statuses have one length throughout a file; a value that lost digits looks like another one. */
function isShortOf(cell: string, column: readonly string[]): boolean {
  if (column.every((other) => /^0\d$/.test(other))) return cell === '' || cell === '0';
  const [pattern, ...patterns] = new Set(column.map(patternOf));
  if (pattern === undefined || patterns.length > 0 || !column.every(isTime)) return false;
  const found = patternOf(cell);
  return found.length < pattern.length && pattern.startsWith(found);
}

/** Shape W5: groups of five columns on one line. One group is a line like any other, whatever follows it. */
function recordsOfOneLine(line: readonly string[]): readonly (readonly string[])[] {
  const cells = withoutEmptyEnd(line);
  const groups: (readonly string[])[] = [];
  for (let from = 0; from < cells.length; from += officialWidth)
    groups.push(cells.slice(from, from + officialWidth));
  const whole = groups.filter((group) => group.length === officialWidth);
  const isOfficial = whole.length > 1 && whole.every((group) => isTime(group[timeColumn] ?? ''));
  return isOfficial ? groups : [];
}

const officialWidth = 5;
const timeColumn = 3;

function isTimeFirst(cells: readonly string[]): boolean {
  return isTime(cells[0] ?? '');
}

/** yyyyMMdd with or without HHmm and ss, or a calendar date with or without the time of day. */
function isTime(cell: string): boolean {
  return (
    /^(19|20)\d{6}(\d{4}(\d\d)?)?$/.test(cell) || /^\d{1,4}[-/.]\d\d?[-/.]\d{2,4}\b/.test(cell)
  );
}

function patternOf(cell: string): string {
  return cell.replaceAll(/\d/g, '9');
}

/** Symbols begin with a letter; what does not, or says that the file ends here, is no line of data. */
function isComment(text: string): boolean {
  return /^\s*([#;'!%*/<=>[{(-]|(end|eof)\b)/i.test(text);
}

function withoutEmptyEnd(cells: readonly string[]): readonly string[] {
  return cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1);
}

/** Quotes may stand around a cell, or before one that is cut. */
function trimmed(cell: string): string {
  return cell.trim().replace(/^"|"$/g, '');
}
