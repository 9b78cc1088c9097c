import { readFile } from 'node:fs/promises';
import { CsvError, parse, type Info } from 'csv-parse/sync';
import { DocumentError, unreadable } from './configuration/yaml-document.ts';

export interface CsvCell {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Of its first character in the line, from 1. */
  readonly column: number;
}

export interface CsvTable {
  readonly file: string;
  readonly separator: CsvSeparator;
  /** The header is the first; lines without anything are left out. */
  readonly rows: readonly (readonly CsvCell[])[];
}

export type CsvSeparator = ',' | ';' | '\t';

/** Spreadsheets and scripts end lines differently; what a script adds may differ from the rest. */
const lineEnds = ['\r\n', '\n', '\r'];
const anyLineEnd = /\r\n|\n|\r/;
/** Excel's way to say which separator follows. */
const separatorLine = /^sep=(.)(?:\r\n|\n|\r)/i;

/**
 * A table as spreadsheets save it: UTF-8 with or without a byte order mark, cells separated by
 * whichever of `,` `;` TAB the header has most of, each line ended by CRLF, LF or CR. Throws DocumentError with file, line and column.
 */
export async function readCsvTable(file: string): Promise<CsvTable> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  return parseCsvTable(file, bytes);
}

/** `file` names the bytes in what is said of them. Throws DocumentError. */
export function parseCsvTable(file: string, bytes: Uint8Array): CsvTable {
  const text = decode(file, bytes);
  const said = separatorLine.exec(text);
  const separator = separatorOf(said?.[1] ?? '') ?? mostUsed(text.slice(said?.[0].length ?? 0));
  const content = Buffer.from(text);
  const places = new Places(content);
  const rows: CsvCell[][] = [];
  let end = -1;
  const cast = (cell: string, { index, bytes: cellEnd }: CastContext): string => {
    if (index === 0) rows.push([]);
    rows.at(-1)?.push({ text: cell, ...places.ofCellAfter(end) });
    end = cellEnd;
    return cell;
  };
  try {
    parse(content, {
      cast,
      delimiter: separator,
      record_delimiter: lineEnds,
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { line, column } = places.ofCellAfter(end);
    const text = { vi: inVietnamese[error.code] ?? otherwiseWrong, en: error.message };
    throw new DocumentError([{ place: `${file}:${line}:${column}`, ...text }], { cause: error });
  }
  return { file, separator, rows: said === null ? rows : rows.slice(1) };
}

/** What the parser finds with the options that it is given here. */
const inVietnamese: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'dấu nháy kép mở ô không có dấu đóng',
  INVALID_OPENING_QUOTE:
    'dấu nháy kép ở giữa ô; đặt cả ô trong dấu nháy và viết dấu bên trong hai lần',
  CSV_INVALID_CLOSING_QUOTE: 'sau dấu nháy kép đóng phải là dấu phân cách hoặc hết dòng',
};
const otherwiseWrong = 'ô không đúng định dạng CSV';

/** `bytes`: where the cell ends. */
type CastContext = Pick<Info, 'bytes'> & { readonly index: number };

/** Rows as text that parseCsvTable and spreadsheets read; with a byte order mark, or Excel would read it in another encoding. */
export function printCsvTable(
  rows: readonly (readonly string[])[],
  separator: CsvSeparator,
): string {
  const line = (cells: readonly string[]): string =>
    // A lone empty cell would be an empty line, which is not a row.
    cells.length === 1 && cells[0] === ''
      ? '""'
      : cells.map((cell) => quote(cell, separator)).join(separator);
  return `\uFEFF${rows.map((cells) => `${line(cells)}\r\n`).join('')}`;
}

function quote(cell: string, separator: CsvSeparator): string {
  const isBare = !cell.includes(separator) && !/["\r\n]/.test(cell);
  return isBare ? cell : `"${cell.replaceAll('"', '""')}"`;
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const fault = {
      place: `${file}:${lineOfFault(bytes)}:1`,
      vi: "chưa phải UTF-8: lưu dạng 'CSV UTF-8'",
      en: "is not UTF-8: save it as 'CSV UTF-8'",
    };
    throw new DocumentError([fault], { cause: error });
  }
}

/** The first line that is no UTF-8: its replacement characters were not written. */
function lineOfFault(bytes: Uint8Array): number {
  const lines = Buffer.from(bytes).toString('latin1').split(anyLineEnd);
  const at = lines.findIndex((line) => Buffer.from(line, 'latin1').toString().includes('\uFFFD'));
  return at + 1;
}

function separatorOf(text: string): CsvSeparator | undefined {
  return text === ',' || text === ';' || text === '\t' ? text : undefined;
}

function mostUsed(text: string): CsvSeparator {
  const header = (text.split(anyLineEnd, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (separator: string): number => header.split(separator).length;
  const separators: readonly CsvSeparator[] = [',', ';', '\t'];
  return separators.reduce((best, one) => (count(one) > count(best) ? one : best));
}

/** Byte offsets to lines and characters. The library counts lines, but not those within cells. */
class Places {
  readonly #content: Buffer;
  readonly #starts: readonly number[];

  constructor(content: Buffer) {
    this.#content = content;
    const starts = [0];
    content.forEach((byte, at) => {
      const isEnd = byte === 0x0a || (byte === 0x0d && content[at + 1] !== 0x0a);
      if (isEnd) starts.push(at + 1);
    });
    this.#starts = starts;
  }

  /** Behind the separator at `end`, or else behind the line end and the empty lines after it; -1: the first. */
  ofCellAfter(end: number): { readonly line: number; readonly column: number } {
    const isBreak = (offset: number): boolean => [0x0a, 0x0d].includes(this.#content[offset] ?? 0);
    if (end >= 0 && !isBreak(end)) return this.#at(end + 1);
    let start = Math.max(end, 0);
    while (isBreak(start)) start += 1;
    return this.#at(start);
  }

  #at(offset: number): { readonly line: number; readonly column: number } {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    const before = this.#content.toString('utf8', this.#starts[low], offset);
    return { line: low + 1, column: before.length + 1 };
  }
}
