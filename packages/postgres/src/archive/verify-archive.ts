import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { linkOf } from '../audit/verify-chain.ts';
import {
  CsvFault,
  encodeRow,
  hexOf,
  readerOf,
  readRows,
  RowDigest,
  type CsvRow,
  type ReadColumn,
} from './csv.ts';
import { LedgerRanges, SpoolRanges } from './ledger-ranges.ts';
import type { LinkRange } from '../archived/archived-months.ts';
import { readManifest, type ArchiveProgress, type DataFile, type Manifest } from './manifest.ts';

/** What is wrong with an archive, and where. */
export interface ArchiveFault {
  readonly file: string;
  /** Undefined: the file as a whole. */
  readonly line: number | undefined;
  readonly expected: string;
  readonly found: string;
}

export function describeArchiveFault({ file, line, expected, found }: ArchiveFault): string {
  return `${file}${line === undefined ? '' : `:${line}`}: expected ${expected}, found ${found}`;
}

export interface VerifiedArchive {
  readonly manifest: Manifest;
  /** SHA-256 of manifest.json, which the database keeps. */
  readonly sha256: string;
  readonly faults: readonly ArchiveFault[];
  /** How many there are; the list has the first thousand. */
  readonly faultCount: number;
  readonly originals: number;
  readonly receptions: number;
}

export interface VerifyOptions {
  readonly onProgress?: ArchiveProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const mostListed = 1_000;
/** Originals whose hashes are in memory at once: about 400 bytes each. */
const originalsAtOnce = 200_000;

/**
 * Proves an archive from its own files: checksums and counts, the SHA-256 of every original, every link of the ledger,
 * and that both name the same originals. It needs no database. Throws NoArchiveError where the folder has no manifest.
 */
export async function verifyArchive(
  folder: string,
  { onProgress = () => undefined, signal }: VerifyOptions = {},
): Promise<VerifiedArchive> {
  const { manifest, sha256 } = await readManifest(folder);
  const faults: ArchiveFault[] = [];
  let faultCount = 0;
  const report = (fault: ArchiveFault): void => {
    faultCount += 1;
    if (faults.length < mostListed) faults.push(fault);
  };
  const ledger = new LedgerWalk(manifest, report);
  let originals = 0;
  let receptions = 0;
  for (const file of manifest.files) {
    const look = lookAt(file, {
      original: (row) => {
        originals += 1;
        verifyOriginal(row, file.name, report);
      },
      reception: (row) => {
        receptions += 1;
        ledger.add(row);
      },
    });
    for await (const rows of verifyFile(folder, file, look, report)) {
      onProgress({ name: file.name, rows });
      signal?.throwIfAborted();
    }
  }
  ledger.end();
  if (faultCount === 0) await compareOriginals(folder, manifest, report, signal);
  return { manifest, sha256, faults, faultCount, originals, receptions };
}

type Report = (fault: ArchiveFault) => void;

/** A row with its columns by name. */
interface NamedRow {
  readonly line: number;
  readonly read: ReadColumn;
}

type LookAtRow = ((row: NamedRow) => void) | undefined;

function lookAt(
  { table }: DataFile,
  { original, reception }: Record<'original' | 'reception', (row: NamedRow) => void>,
): LookAtRow {
  if (table === 'files') return original;
  return table === 'receptions' ? reception : undefined;
}

function naming({ columns }: DataFile): (row: CsvRow) => NamedRow {
  const readerFor = readerOf(columns);
  return ({ line, fields }) => ({ line, read: readerFor(fields) });
}

const rowsOfStep = 50_000;

/** Yields the number of rows that were read, now and then. */
async function* verifyFile(
  folder: string,
  file: DataFile,
  look: LookAtRow,
  report: Report,
): AsyncGenerator<number> {
  const { name, columns, blocks } = file;
  const path = join(folder, name);
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  const whole = { file: name, line: undefined };
  if (size === undefined) {
    report({ ...whole, expected: `a file of ${file.bytes} bytes`, found: 'no file' });
    return;
  }
  if (size !== file.bytes)
    report({ ...whole, expected: `${file.bytes} bytes`, found: `${size} bytes` });
  const digest = new RowDigest();
  const compareBlock = (block: ReturnType<RowDigest['end']>): void => {
    if (block === undefined) return;
    const expected = blocks[digest.blocks.length - 1];
    if (expected?.sha256 === block.sha256) return;
    const upto = block.rows === 1 ? '' : ` and the ${block.rows - 1} rows after it`;
    report({
      ...{ file: name, line: block.fromLine },
      expected: `SHA-256 ${expected?.sha256 ?? 'of no further rows'} of the row of this line${upto}`,
      found: block.sha256,
    });
  };
  const named = naming(file);
  const header = encodeRow(columns.map((column) => column.name));
  try {
    for await (const row of readRows(path)) {
      const block = digest.add(row.bytes);
      if (row.line === 1 && row.bytes.toString() !== header)
        report({
          file: name,
          line: 1,
          expected: header.trim(),
          found: row.bytes.toString().trim(),
        });
      if (row.fields.length !== columns.length)
        report({
          ...{ file: name, line: row.line },
          expected: `${columns.length} fields`,
          found: `${row.fields.length}`,
        });
      else if (row.line > 1) look?.(named(row));
      compareBlock(block);
      if (digest.rows % rowsOfStep === 0) yield digest.rows - 1;
    }
    compareBlock(digest.end());
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    const { line, message } = error;
    report({ file: name, line, expected: message.replace('expected ', ''), found: 'another byte' });
    return;
  }
  const { rows } = digest;
  if (rows - 1 !== file.rows)
    report({ ...whole, expected: `${file.rows} rows`, found: `${rows - 1}` });
  const sha256 = digest.sha256();
  if (sha256 !== file.sha256)
    report({ ...whole, expected: `SHA-256 ${file.sha256}`, found: sha256 });
  yield rows - 1;
}

function verifyOriginal({ line, read }: NamedRow, file: string, report: Report): void {
  const content = Buffer.from(hexOf(read('content')), 'hex');
  const found = `\\x${createHash('sha256').update(content).digest('hex')}`;
  const expected = read('content_hash');
  if (found !== expected)
    report({
      ...{ file, line },
      expected: `an original with SHA-256 ${expected} (file number ${read('file_no')})`,
      found,
    });
}

/** Recomputes the links of the ledger, range by range. */
class LedgerWalk {
  readonly #manifest: Manifest;
  readonly #report: Report;
  readonly #starts: ReadonlyMap<string, LinkRange>;
  readonly #ranges: LedgerRanges;
  readonly #spools = new SpoolRanges();
  #before = { name: '', hash: '' };

  constructor(manifest: Manifest, report: Report) {
    this.#manifest = manifest;
    this.#report = report;
    this.#starts = new Map(manifest.chains.map((range) => [`${range.chain} ${range.from}`, range]));
    const cuts = new Map<string, Set<number>>();
    for (const { chain, to } of manifest.chains)
      cuts.set(chain, (cuts.get(chain) ?? new Set()).add(to));
    this.#ranges = new LedgerRanges(cuts);
  }

  add({ line, read }: NamedRow): void {
    const [chain, sequence] = [read('chain'), Number(read('chain_sequence'))];
    const name = `${chain} ${sequence}`;
    const start = this.#starts.get(name);
    const stated = hexOf(read('chain_hash'));
    const before =
      start?.hashBefore ?? (this.#before.name === name ? this.#before.hash : undefined);
    const computed = before === undefined ? undefined : hashOf(before, sequence, read);
    if (computed !== stated)
      this.#report({
        ...{ file: 'receptions.csv', line },
        expected: `chain_hash ${computed ?? `of a range of ${chain} in the manifest`} (reception ${read('reception_id')})`,
        found: stated,
      });
    this.#before = { name: `${chain} ${sequence + 1}`, hash: stated };
    this.#ranges.add(read);
    this.#spools.add(read('spool_id'), Number(read('spool_sequence')));
  }

  /** The ranges of the manifest are those of the rows. */
  end(): void {
    const found = this.#ranges.end().map((range) => {
      const start = this.#starts.get(`${range.chain} ${range.from}`);
      return { ...range, hashBefore: start?.hashBefore ?? range.hashBefore };
    });
    this.#compare('chains', this.#manifest.chains, found);
    this.#compare('spools', this.#manifest.spools, this.#spools.end());
  }

  #compare(what: string, stated: readonly unknown[], found: readonly unknown[]): void {
    const place = stated.findIndex((one, i) => textOf(one) !== textOf(found[i]));
    if (place === -1 && stated.length === found.length) return;
    const at = place === -1 ? stated.length : place;
    this.#report({
      ...{ file: 'manifest.json', line: undefined },
      expected: `${what}[${at}] ${textOf(found[at])}, as receptions.csv has it`,
      found: textOf(stated[at]),
    });
  }
}

/** With its names in order: what was read from JSON and what was built are compared. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, each]) => `${name}: ${textOf(each)}`).join(', ')}}`;
}

/** The canonical text has milliseconds, as the recorder writes them. */
const dateOf = (text: string): Date => new Date(text.replace(' ', 'T').replace(/\+00$/, 'Z'));

function hashOf(before: string, sequence: number, read: ReadColumn): string | undefined {
  try {
    return linkOf(before, sequence, {
      reception_id: read('reception_id'),
      spool_id: read('spool_id'),
      spool_sequence: Number(read('spool_sequence')),
      received_at: dateOf(read('received_at')),
      protocol: read('protocol'),
      peer: read('peer'),
      account: read('account'),
      folder: read('folder'),
      name: read('file_name'),
      file_id: hexOf(read('file_id')),
      content_hash: hexOf(read('file_content_hash')),
      outcome: read('outcome') as 'stored',
      new_readings: Number(read('new_readings')),
      corrections: Number(read('corrections')),
      repeats: Number(read('repeats')),
      rejected_lines: Number(read('rejected_lines')),
      warnings: JSON.parse(read('warnings')) as [],
      recorded_at: dateOf(read('recorded_at')),
    });
  } catch (error) {
    // A time or a list of warnings that was changed into something that is neither.
    if (error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError)
      return undefined;
    throw error;
  }
}

/**
 * The ledger protects the hash of each original: it must be the one that files.csv has. A window of originals at a
 * time is in memory, and the ledger is read once for each.
 */
async function compareOriginals(
  folder: string,
  { files }: Manifest,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<void> {
  const originals = files.find(({ table }) => table === 'files');
  const ledger = files.find(({ table }) => table === 'receptions');
  if (originals === undefined || ledger === undefined || ledger.rows === 0) return;
  const [namedOriginal, namedLink] = [naming(originals), naming(ledger)];
  let window = new Map<string, string>();
  const compare = async (): Promise<void> => {
    if (window.size === 0) return;
    for await (const row of readRows(join(folder, ledger.name))) {
      const { line, read } = namedLink(row);
      const known = window.get(read('file_no'));
      const stated = `${read('file_id')} ${read('file_content_hash')} ${read('file_name')}`;
      if (line === 1 || known === undefined || known === stated) continue;
      report({
        ...{ file: 'files.csv', line: undefined },
        expected: `file number ${read('file_no')} to be ${stated}, as line ${line} of receptions.csv has it`,
        found: known,
      });
    }
    signal?.throwIfAborted();
    window = new Map();
  };
  for await (const row of readRows(join(folder, originals.name))) {
    const { read } = namedOriginal(row);
    window.set(read('file_no'), `${read('file_id')} ${read('content_hash')} ${read('name')}`);
    if (window.size >= originalsAtOnce) await compare();
  }
  await compare();
}
