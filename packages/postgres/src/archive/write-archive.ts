import { open, mkdir, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ClientSession, Session } from '../connection/session.ts';
import {
  archivedTables,
  keyTables,
  type ArchivedTable,
  type ColumnType,
} from './archived-tables.ts';
import { encodeRow, readerOf, RowDigest, type Field } from './csv.ts';
import { LedgerRanges, SpoolRanges } from './ledger-ranges.ts';
import {
  archiveFormat,
  encodeManifest,
  manifestName,
  type ArchiveProgress,
  type DataFile,
  type Manifest,
} from './manifest.ts';
import { archivedColumns, readTable, type TableSource } from './read-table.ts';
import { archiveReadme } from './readme.ts';

/** What a unit consists of, as it is read; nothing of it is kept in memory but checksums and ranges. */
export type Contents = Pick<Manifest, 'files' | 'chains' | 'spools' | 'stations'>;

/** What the manifest says beside its contents. */
export type ManifestHead = Omit<Manifest, keyof Contents | 'format'>;

export interface ReadingOfUnit {
  readonly source: (of: ArchivedTable) => TableSource;
  /** Ends of ranges of links: where audits have checkpoints. */
  readonly cuts: ReadonlyMap<string, ReadonlySet<number>>;
  readonly onProgress: ArchiveProgress;
  /** Of tables that have got more columns since; otherwise all. */
  readonly columns?: ReadonlyMap<string, readonly ColumnType[]>;
  /** Where the rows of a table are written to; undefined: they are only read. */
  readonly fileOf: (name: string) => Promise<FileHandle | undefined>;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a unit in one transaction, so that all of it is of one moment, and writes what `fileOf` has a file for. */
export async function readUnit(session: ClientSession, reading: ReadingOfUnit): Promise<Contents> {
  return session.transaction(async (tx) => {
    await tx.execute(
      `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL DateStyle = 'ISO, YMD';
       SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1;
       SET LOCAL cursor_tuple_fraction = 1`,
    );
    const ledger = new LedgerRanges(reading.cuts);
    const spools = new SpoolRanges();
    const files: DataFile[] = [];
    for (const of of archivedTables) {
      const columns = reading.columns?.get(of.table) ?? (await archivedColumns(tx, of));
      const eachRow = of.table === 'receptions' ? watchLedger(columns, ledger, spools) : undefined;
      const source = reading.source(of);
      files.push(await copyTable(tx, source, columns, reading, eachRow));
    }
    for (const names of keyTables) files.push(await copyKeys(tx, names, reading));
    const stations = await readSpans(tx, reading);
    return { files, chains: ledger.end(), spools: spools.end(), stations };
  });
}

type WatchRow = (fields: readonly Field[]) => void;

function watchLedger(
  columns: readonly ColumnType[],
  ledger: LedgerRanges,
  spools: SpoolRanges,
): WatchRow {
  const readerFor = readerOf(columns);
  return (fields) => {
    const read = readerFor(fields);
    ledger.add(read);
    spools.add(read('spool_id'), Number(read('spool_sequence')));
  };
}

const dataFileOf = (table: string): string =>
  keyTables.find((each) => each.table === table)?.file ?? `${table}.csv`;

function copyKeys(
  tx: Session,
  { table, id, code }: (typeof keyTables)[number],
  reading: ReadingOfUnit,
): Promise<DataFile> {
  const columns = [
    { name: id, type: 'integer' },
    { name: code, type: 'text' },
  ];
  const of = { table, order: id, rowsAtOnce: 2_000 };
  return copyTable(tx, { of, from: table, files: [] }, columns, reading);
}

const writeAtOnce = 4 * 1024 * 1024;

async function copyTable(
  tx: Session,
  source: TableSource,
  columns: readonly ColumnType[],
  { onProgress, fileOf, signal }: ReadingOfUnit,
  watchRow?: WatchRow,
): Promise<DataFile> {
  const { table } = source.of;
  const name = dataFileOf(table);
  const file = await fileOf(name);
  const digest = new RowDigest();
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const flush = async (): Promise<void> => {
    if (file !== undefined) await file.writev(pending);
    pending = [];
    pendingBytes = 0;
  };
  const add = (fields: readonly Field[]): void => {
    const row = Buffer.from(encodeRow(fields));
    digest.add(row);
    pending.push(row);
    pendingBytes += row.length;
  };
  try {
    add(columns.map((column) => column.name));
    for await (const page of readTable(tx, source, columns)) {
      for (const fields of page) {
        add(fields);
        watchRow?.(fields);
        if (pendingBytes >= writeAtOnce) await flush();
      }
      onProgress({ name: table, rows: digest.rows - 1 });
      signal?.throwIfAborted();
    }
    await flush();
    await file?.sync();
  } finally {
    await file?.close();
  }
  digest.end();
  const { rows, bytes, blocks } = digest;
  return { name, table, columns, rows: rows - 1, bytes, sha256: digest.sha256(), blocks };
}

/** First and last reading of each station. */
async function readSpans(tx: Session, { source }: ReadingOfUnit): Promise<Contents['stations']> {
  const readings = archivedTables.find(({ table }) => table === 'readings');
  const from = readings && source(readings).from;
  if (from === undefined) return [];
  return tx.query(
    `SELECT station_id AS "stationId", min(instant)::text AS first, max(instant)::text AS last
     FROM ${from} GROUP BY station_id ORDER BY station_id`,
  );
}

/** Opens files for writing in a folder. */
export const filesIn =
  (folder: string, wanted: (name: string) => boolean = () => true) =>
  async (name: string): Promise<FileHandle | undefined> =>
    wanted(name) ? open(join(folder, name), 'w') : undefined;

/**
 * Writes what an archive has beside its tables, the manifest last, each durable before the next. A file that was there
 * is replaced as a whole.
 */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await replaceFile(join(folder, 'README.txt'), archiveReadme);
  const sums = manifest.files.map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  await replaceFile(join(folder, 'SHA256SUMS'), sums.join(''));
  await replaceFile(join(folder, manifestName), encodeManifest(manifest));
}

export function manifestOf(head: ManifestHead, contents: Contents): Manifest {
  return { format: archiveFormat, ...head, ...contents };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, text, { flush: true });
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** An empty folder for an archive that is being written; one of an attempt before is removed. */
export async function beginFolder(partial: string): Promise<void> {
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
}

/** The archive appears under its name when all of it is on disk. */
export async function publishFolder(partial: string, folder: string): Promise<void> {
  await syncFolder(partial);
  await rename(partial, folder);
  await syncFolder(dirname(folder));
}
