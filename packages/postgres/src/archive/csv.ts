import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

// CSV as PostgreSQL's COPY … (FORMAT csv) writes and reads it: UTF-8, lines end in LF, NULL is an empty field
// without quotes, an empty text is "". Quotes within a field are doubled. Nothing else is special, so that every
// value that PostgreSQL can write as text comes back as it was.

export type Field = string | null;

const needsQuotes = /[",\r\n]/;

export function encodeRow(fields: readonly Field[]): string {
  return `${fields.map(encodeField).join(',')}\n`;
}

function encodeField(field: Field): string {
  if (field === null) return '';
  // A line of nothing but \. ended the data for readers before PostgreSQL 18.
  if (field !== '' && field !== '\\.' && !needsQuotes.test(field)) return field;
  return `"${field.replaceAll('"', '""')}"`;
}

/** A line of a table that is not as encodeRow writes it. */
export class CsvFault extends Error {
  readonly line: number;

  constructor(line: number, expected: string) {
    super(`expected ${expected}`);
    this.name = 'CsvFault';
    this.line = line;
  }
}

export interface CsvRow {
  /** Of its first character; 1: the header. A field may have line breaks. */
  readonly line: number;
  readonly fields: readonly Field[];
  /** As it is in the file, with its end of line. */
  readonly bytes: Buffer;
}

const lf = 0x0a;
const quote = 0x22;
const comma = 0x2c;
/** Far more than a row of any table has: a file has at most 1 MiB, in hexadecimal 2 MiB. */
const maxRowBytes = 64 * 1024 * 1024;

/**
 * The rows of a table, the header first. Holds one row and one piece of the file in memory. Throws CsvFault at what
 * encodeRow never writes, so that a changed byte is found at its line.
 */
export async function* readRows(path: string): AsyncGenerator<CsvRow> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  /** Whether the byte behind `scanned` is within quotes. */
  let isQuoted = false;
  let scanned = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes: Buffer =
      rest.length === 0 ? (piece as Buffer) : Buffer.concat([rest, piece as Buffer]);
    let begin = 0;
    for (; scanned < bytes.length; scanned++) {
      const byte = bytes[scanned];
      if (byte === quote) isQuoted = !isQuoted;
      if (byte !== lf || isQuoted) continue;
      const row = bytes.subarray(begin, scanned + 1);
      const text = decode(decoder, row, line);
      yield { line, fields: decodeRow(text.slice(0, -1), line), bytes: row };
      line += countLines(row);
      begin = scanned + 1;
    }
    rest = bytes.subarray(begin);
    scanned -= begin;
    if (rest.length > maxRowBytes) throw new CsvFault(line, 'the closing " of a field');
  }
  if (rest.length > 0) throw new CsvFault(line, 'an end of line');
}

function decode(decoder: InstanceType<typeof TextDecoder>, row: Buffer, line: number): string {
  try {
    return decoder.decode(row);
  } catch {
    throw new CsvFault(line, 'UTF-8');
  }
}

/** A column of a row by its name, as text; an absent one, and NULL, is an empty text. */
export type ReadColumn = (name: string) => string;

/** Reads the rows of a table that has these columns. */
export function readerOf(
  columns: readonly { readonly name: string }[],
): (fields: readonly Field[]) => ReadColumn {
  const places = new Map(columns.map(({ name }, i) => [name, i]));
  return (fields) => (name) => fields[places.get(name) ?? -1] ?? '';
}

/** A column of bytes as PostgreSQL writes it, without its prefix. */
export const hexOf = (bytes: string): string => bytes.replace('\\x', '');

function countLines(row: Buffer): number {
  let lines = 0;
  for (let at = row.indexOf(lf); at !== -1; at = row.indexOf(lf, at + 1)) lines += 1;
  return lines;
}

function decodeRow(text: string, line: number): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; ; at++) {
    const isQuoted = text.charCodeAt(at) === quote;
    const end = isQuoted ? endOfQuoted(text, at, line) : endOfPlain(text, at);
    const raw = text.slice(at, end);
    if (isQuoted) fields.push(raw.slice(1, -1).replaceAll('""', '"'));
    else if (raw.includes('"') || raw.includes('\r'))
      throw new CsvFault(line, `quotes around field ${fields.length + 1}`);
    else fields.push(raw === '' ? null : raw);
    at = end;
    if (at === text.length) return fields;
    if (text.charCodeAt(at) !== comma)
      throw new CsvFault(line, `a comma after field ${fields.length}`);
  }
}

function endOfPlain(text: string, from: number): number {
  const end = text.indexOf(',', from);
  return end === -1 ? text.length : end;
}

function endOfQuoted(text: string, from: number, line: number): number {
  for (let at = from + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at === -1) throw new CsvFault(line, 'the closing " of a field');
    if (text.charCodeAt(at + 1) !== quote) return at + 1;
  }
}

/** A stretch of a table with a checksum of its own, so that a changed byte is found near its line. */
export interface Block {
  readonly fromLine: number;
  readonly rows: number;
  readonly sha256: string;
}

const rowsOfBlock = 10_000;

/** Checksums of a table as it is written or read; the header is the first row. */
export class RowDigest {
  readonly #whole = createHash('sha256');
  readonly blocks: Block[] = [];
  rows = 0;
  bytes = 0;
  #line = 1;
  #block = { hash: createHash('sha256'), rows: 0, fromLine: 1 };

  /** Returns the block that ends with this row. */
  add(row: Buffer, lines = countLines(row)): Block | undefined {
    this.#whole.update(row);
    this.#block.hash.update(row);
    this.#block.rows += 1;
    this.#line += lines;
    this.rows += 1;
    this.bytes += row.length;
    return this.#block.rows === rowsOfBlock ? this.#endBlock() : undefined;
  }

  /** Ends the last block; returns it where it has rows. */
  end(): Block | undefined {
    return this.#block.rows === 0 ? undefined : this.#endBlock();
  }

  /** Of all rows. Ends the digest. */
  sha256(): string {
    return this.#whole.digest('hex');
  }

  #endBlock(): Block {
    const { hash, rows, fromLine } = this.#block;
    const block = { fromLine, rows, sha256: hash.digest('hex') };
    this.blocks.push(block);
    this.#block = { hash: createHash('sha256'), rows: 0, fromLine: this.#line };
    return block;
  }
}
