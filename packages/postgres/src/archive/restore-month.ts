import type { Database } from '../connection/database.ts';
import { textArray, type ClientSession, type Session } from '../connection/session.ts';
import { findArchived, forgetContents, type ArchivedMonth } from '../archived/archived-months.ts';
import { copyOptions } from '../months/make-months.ts';
import {
  archivedTables,
  archivingSchema,
  columnsOf,
  conditionOf,
  keyTables,
  parseUnit,
  partitionsOf,
  type ColumnType,
  type UnitPartition,
} from './archived-tables.ts';
import { sourceIn } from './archive-month.ts';
import { readRows, type Field } from './csv.ts';
import { exclusively } from './detach-month.ts';
import { readManifest, type ArchiveProgress, type DataFile, type Manifest } from './manifest.ts';
import { ownColumns } from './read-table.ts';
import { ArchiveRefusedError, requireIntact } from './refusals.ts';
import { readUnit } from './write-archive.ts';

export type RestoreStep = 'verify' | 'load' | 'compare' | 'attach';

export interface RestoreOptions {
  readonly onStep?: (step: RestoreStep) => void;
  readonly onProgress?: ArchiveProgress;
  readonly signal?: AbortSignal;
}

/** What a restore did: the month is in the record again, or it was before. */
export interface RestoredResult {
  readonly name: string;
  readonly wasRestored: boolean;
  readonly manifest: Manifest;
}

/**
 * Loads an archive into tables of their own, compares them with it, and attaches them in place of the empty ones. Until
 * then the record is as it was: after a kill the same command begins the loading anew. Whoever calls it holds
 * `archiveLock`. Throws ArchiveRefusedError where the archive is not the one of the month, or has faults.
 */
export async function restoreArchive(
  database: Database,
  folder: string,
  options: RestoreOptions = {},
): Promise<RestoredResult> {
  const { manifest, sha256 } = await readManifest(folder);
  const unit = parseUnit(manifest.name);
  const limits = { statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
  const connection = await database.connectDedicated(limits);
  try {
    const { session } = connection;
    const known = await findArchived(session, manifest.name);
    if (known === undefined || unit === undefined) {
      const wasRestored = await isRestored(session, sha256);
      if (wasRestored) return { name: manifest.name, wasRestored, manifest };
      throw unknownArchive(folder, manifest.name);
    }
    refuseOther(known, folder, sha256);
    const step = (name: RestoreStep): void => {
      options.signal?.throwIfAborted();
      options.onStep?.(name);
    };
    step('verify');
    await requireIntact(folder, options, { vi: 'chưa khôi phục', en: 'nothing was restored' });
    await requireSameKeys(session, folder, manifest);
    step('load');
    await session.execute(`UPDATE archived_months SET state = 'restoring' WHERE archive_id = $1`, [
      known.archiveId,
    ]);
    const partitions = await partitionsOf(session, unit);
    for (const partition of partitions) await load(session, folder, manifest, partition, options);
    step('compare');
    await compare(session, manifest, partitions, options);
    step('attach');
    await exclusively(session, unit, async (tx) => {
      for (const partition of partitions) await attach(tx, partition);
      await forgetContents(tx, known.archiveId);
      await tx.execute(
        `UPDATE archived_months SET state = 'restored', restored_at = now() WHERE archive_id = $1`,
        [known.archiveId],
      );
    });
    return { name: manifest.name, wasRestored: false, manifest };
  } finally {
    await connection.close();
  }
}

async function isRestored(session: Session, sha256: string): Promise<boolean> {
  const rows = await session.query(
    `SELECT FROM archived_months WHERE manifest = $1 AND state = 'restored'`,
    [Buffer.from(sha256, 'hex')],
  );
  return rows.length > 0;
}

function unknownArchive(folder: string, name: string): ArchiveRefusedError {
  return new ArchiveRefusedError({
    vi: `cơ sở dữ liệu này không lưu trữ tháng ${name} của ${folder} (xem \`envigate archive list\`)`,
    en: `this database has no archived month ${name} that ${folder} could be restored to (see \`envigate archive list\`)`,
  });
}

function refuseOther(
  { name, state, manifest, host, ...known }: ArchivedMonth,
  folder: string,
  sha256: string,
) {
  if (state === 'writing' || state === 'detached')
    throw new ArchiveRefusedError({
      vi: `việc lưu trữ ${name} chưa xong: chạy lại \`envigate archive\` trước`,
      en: `archiving ${name} is not finished: run \`envigate archive --month ${name}\` first`,
    });
  if (manifest === sha256) return;
  throw new ArchiveRefusedError({
    vi: `${folder} không phải bản lưu trữ ${name} mà hệ thống đã ghi (manifest.json có SHA-256 ${sha256}, phải là ${manifest ?? ''}); bản đó ở ${known.folder} trên máy ${host}`,
    en: `${folder} is not the archive of ${name} that was made: manifest.json has SHA-256 ${sha256}, expected ${manifest ?? ''}; that one was written to ${known.folder} on ${host}`,
  });
}

/** The numbers of stations and parameters mean the same here. */
async function requireSameKeys(
  session: Session,
  folder: string,
  { files }: Manifest,
): Promise<void> {
  for (const { table, id, code } of keyTables) {
    const file = files.find((each) => each.table === table);
    if (file === undefined) continue;
    const rows = await session.query<{ id: number; code: string }>(
      `SELECT ${id} AS id, ${code} AS code FROM ${table}`,
    );
    const known = new Map(rows.map((row) => [String(row.id), row.code]));
    for await (const { line, fields } of readRows(`${folder}/${file.name}`)) {
      const [number, name] = fields;
      if (line === 1 || known.get(number ?? '') === name) continue;
      throw new ArchiveRefusedError({
        vi: `${file.name}:${line}: ${code} số ${number} là '${name}', trong cơ sở dữ liệu là '${known.get(number ?? '') ?? ''}'`,
        en: `${file.name}:${line}: ${code} number ${number} is '${name}', in this database it is '${known.get(number ?? '') ?? 'unknown'}': the archive is of another database`,
      });
    }
  }
}

const loadedOf = ({ partition }: UnitPartition): string => `${archivingSchema}.${partition}`;

/** Rows of a statement, and bytes: whatever comes first. */
const mostRows = 2_000;
const mostBytes = 8 * 1024 * 1024;

async function load(
  session: ClientSession,
  folder: string,
  { files }: Manifest,
  partition: UnitPartition,
  { onProgress, signal }: RestoreOptions,
): Promise<void> {
  const { table } = partition;
  const file = files.find((each) => each.table === table);
  if (file === undefined) throw new Error(`the archive has no ${table}`);
  const loaded = loadedOf(partition);
  await session.transaction(async (tx) => {
    await tx.execute(`DROP TABLE IF EXISTS ${loaded}`);
    await tx.execute(
      `CREATE TABLE ${loaded} (LIKE ${partition.partition} INCLUDING ALL EXCLUDING IDENTITY)`,
    );
    await copyOptions(tx, partition.partition, loaded);
    // Known to be within its bound, it is attached without being read through.
    await tx.execute(
      `ALTER TABLE ${loaded} ADD CONSTRAINT restored_bound CHECK (${conditionOf(partition)})`,
    );
  });
  const insert = insertOf(loaded, await columnsFor(session, partition, file));
  let rows: (readonly Field[])[] = [];
  let bytes = 0;
  let done = 0;
  const flush = async (): Promise<void> => {
    if (rows.length === 0) return;
    await session.execute(insert.text, insert.parameters(rows));
    done += rows.length;
    onProgress?.({ name: table, rows: done });
    signal?.throwIfAborted();
    rows = [];
    bytes = 0;
  };
  for await (const row of readRows(`${folder}/${file.name}`)) {
    if (row.line === 1) continue;
    rows.push(row.fields);
    bytes += row.bytes.length;
    if (rows.length >= mostRows || bytes >= mostBytes) await flush();
  }
  await flush();
}

interface PlacedColumn extends ColumnType {
  /** Of its field in a row of the archive. */
  readonly place: number;
}

/** Columns of the archive that the table has; one that the table got since is filled by its default. */
async function columnsFor(
  session: Session,
  { table, partition }: UnitPartition,
  { columns, name }: DataFile,
): Promise<readonly PlacedColumn[]> {
  const known = new Map(
    (await columnsOf(session, partition)).map((each) => [each.name, each.type]),
  );
  return ownColumns(table, columns).map((column, place) => {
    const type = known.get(column.name);
    if (type === undefined)
      throw new ArchiveRefusedError({
        vi: `${name} có cột '${column.name}' mà bảng ${table} không còn: cần phiên bản chương trình cũ hơn`,
        en: `${name} has a column '${column.name}' that ${table} has no longer: restore it with the version that wrote it`,
      });
    return { name: column.name, type, place };
  });
}

function insertOf(table: string, columns: readonly PlacedColumn[]) {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const values = columns.map(({ type }, i) => `c${i}::${type}`).join(', ');
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const aliases = columns.map((_, i) => `c${i}`).join(', ');
  return {
    text: `INSERT INTO ${table} (${names}) SELECT ${values} FROM unnest(${arrays}) AS given (${aliases})`,
    parameters: (rows: readonly (readonly Field[])[]): readonly string[] =>
      columns.map(({ place }) => textArray(rows.map((fields) => fields[place] ?? null))),
  };
}

/** The loaded tables are written as the archive is: the same checksums say that they have the same rows. */
async function compare(
  session: ClientSession,
  { files }: Manifest,
  partitions: readonly UnitPartition[],
  { onProgress, signal }: RestoreOptions,
): Promise<void> {
  const loaded = await readUnit(session, {
    source: sourceIn(partitions, archivingSchema),
    cuts: new Map(),
    columns: new Map(files.map(({ table, columns }) => [table, columns])),
    onProgress: (what) => onProgress?.(what),
    fileOf: async () => undefined,
    signal,
  });
  const found = new Map(loaded.files.map((file) => [file.table, file]));
  for (const { table, sha256, rows } of files) {
    if (!archivedTables.some((each) => each.table === table)) continue;
    const other = found.get(table);
    if (other?.sha256 === sha256) continue;
    throw new ArchiveRefusedError({
      vi: `bảng ${table} sau khi nạp khác với bản lưu trữ (${other?.rows ?? 0}/${rows} dòng); dữ liệu hiện có không thay đổi`,
      en: `${table} as it was loaded is not as the archive has it (${other?.rows ?? 0} of ${rows} rows); the record is as it was`,
    });
  }
}

const keyOfKept: Readonly<Record<string, string>> = {
  files: 'file_no',
  quarantine: 'quarantine_id',
};

/** What remained or came meanwhile is kept: where a row is in both, the one of the record is the newer one. */
async function attach(tx: Session, partition: UnitPartition): Promise<void> {
  const { table, partition: name, bound } = partition;
  const loaded = loadedOf(partition);
  const key = keyOfKept[table];
  // A file that was archived and came again is known better by the archive.
  if (table === 'files')
    await tx.execute(
      `DELETE FROM ${name} present USING ${loaded} archived
       WHERE present.file_no = archived.file_no AND present.state = 'stored' AND archived.state = 'stored'
         AND present.data_from IS NULL`,
    );
  if (key !== undefined)
    await tx.execute(
      `DELETE FROM ${loaded} archived USING ${name} present WHERE present.${key} = archived.${key}`,
    );
  await tx.execute(`INSERT INTO ${loaded} SELECT * FROM ${name}`);
  await tx.execute(`ALTER TABLE ${table} DETACH PARTITION ${name}`);
  await tx.execute(`DROP TABLE ${name}`);
  const [row] = await tx.query<{ schema: string }>(
    `SELECT relnamespace::regnamespace::text AS schema FROM pg_class WHERE oid = $1::regclass`,
    [table],
  );
  const schema = row?.schema ?? 'public';
  await renameTakenIndexes(tx, partition, schema);
  await tx.execute(`ALTER TABLE ${loaded} SET SCHEMA ${schema}`);
  await tx.execute(`ALTER TABLE ${table} ATTACH PARTITION ${name} ${bound}`);
  await tx.execute(`ALTER TABLE ${name} DROP CONSTRAINT restored_bound`);
}

/**
 * PostgreSQL cuts the names that it gives to indexes at 63 bytes, where those of two months may be the same: it keeps
 * them apart in one schema only, not where an index comes from another.
 */
async function renameTakenIndexes(
  tx: Session,
  partition: UnitPartition,
  schema: string,
): Promise<void> {
  const taken = await tx.query<{ name: string }>(
    `SELECT mine.relname AS name
     FROM pg_index JOIN pg_class mine ON mine.oid = indexrelid
       JOIN pg_class other ON other.relname = mine.relname AND other.relnamespace = $2::regnamespace
     WHERE indrelid = $1::regclass ORDER BY mine.oid`,
    [loadedOf(partition), schema],
  );
  for (const [i, { name }] of taken.entries())
    await tx.execute(
      `ALTER INDEX ${archivingSchema}.${name} RENAME TO ${partition.partition}_restored_${i + 1}`,
    );
}
