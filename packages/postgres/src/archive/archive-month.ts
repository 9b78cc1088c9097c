import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { sizeInWords } from '@envigate/domain';
import { freeBytes } from '@envigate/runtime';
import { placeOfRow } from '../audit/verify-chain.ts';
import type { Database } from '../connection/database.ts';
import { DatabaseError, type ClientSession, type Session } from '../connection/session.ts';
import {
  findArchived,
  noteContents,
  type ArchivedMonth,
  type LinkRange,
} from '../archived/archived-months.ts';
import {
  archivingSchema,
  partitionsOf,
  numbersOf,
  timesOf,
  type ArchivedTable,
  type Unit,
  type UnitPartition,
} from './archived-tables.ts';
import { detachUnit, keepReferred } from './detach-month.ts';
import { readManifest, type ArchiveProgress, type Manifest } from './manifest.ts';
import { sealArchive } from './seal-archive.ts';
import { ArchiveRefusedError, refuseUnready, requireIntact } from './refusals.ts';
import type { TableSource } from './read-table.ts';
import type { VerifiedArchive } from './verify-archive.ts';
import {
  beginFolder,
  filesIn,
  manifestOf,
  publishFolder,
  readUnit,
  writeManifest,
  type Contents,
  type ReadingOfUnit,
} from './write-archive.ts';

/** What an archive goes through; a kill between any two, or in the middle of one, is taken up by the same command. */
export type ArchiveStep = 'write' | 'detach' | 'compare' | 'verify' | 'drop';

export interface ArchiveOptions {
  /** The archive becomes a folder in it. */
  readonly to: string;
  readonly actor: string;
  readonly program: string;
  readonly onStep?: (step: ArchiveStep) => void;
  readonly onProgress?: ArchiveProgress;
  readonly signal?: AbortSignal;
  /** Of the disk of a folder; as the system says where it is not given. */
  readonly measureFree?: (folder: string) => Promise<number>;
}

export interface ArchivedResult {
  readonly folder: string;
  readonly sha256: string;
  readonly manifest: Manifest;
  /** Files that remain in the database as well, as other rows refer to them or somebody has to decide on them. */
  readonly keptFiles: number;
}

/** Archives and restores of a database: one at a time. */
export const archiveLock = 'envigate archive';

export const folderOf = (to: string, { name }: Pick<Unit, 'name'>): string =>
  resolve(join(to, `envigate-${name}`));

/**
 * Writes a unit to an archive, takes it out of the record, proves the archive, and only then removes the rows:
 *
 * 1. write: all tables as they are at one moment, under a temporary name; fsync; rename.
 * 2. detach: empty partitions take the place of those of the unit. From here on nobody writes to it.
 * 3. compare: each detached table is read again. Where rows came since 1, its file is written anew.
 * 4. verify: the archive is proven from its files alone.
 * 5. drop: the hash of the manifest goes into the audit's checkpoints, and the detached tables are removed.
 *
 * Whoever calls it holds `archiveLock`. Throws ArchiveRefusedError where the unit cannot be archived now.
 */
export async function archiveUnit(
  database: Database,
  unit: Unit,
  options: ArchiveOptions,
): Promise<ArchivedResult> {
  const limits = { statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
  const connection = await database.connectDedicated(limits);
  try {
    const { session } = connection;
    const partitions = await partitionsOf(session, unit);
    return await new ArchiveRun({ session, unit, partitions, options }).run();
  } finally {
    await connection.close();
  }
}

interface RunParts {
  readonly session: ClientSession;
  readonly unit: Unit;
  readonly partitions: readonly UnitPartition[];
  readonly options: ArchiveOptions;
}

class ArchiveRun {
  readonly #session: ClientSession;
  readonly #unit: Unit;
  /** When it is detached, tables of the same names and bounds take their place. */
  readonly #partitions: readonly UnitPartition[];
  readonly #options: ArchiveOptions;

  constructor({ session, unit, partitions, options }: RunParts) {
    this.#session = session;
    this.#unit = unit;
    this.#partitions = partitions;
    this.#options = options;
  }

  async run(): Promise<ArchivedResult> {
    const session = this.#session;
    const known = await findArchived(session, this.#unit.name);
    let row = known;
    if (known?.state !== 'detached') {
      refuseArchived(known);
      await refuseUnready(session, this.#unit);
      await this.#requireRoom();
      row = await this.#begin();
      const contents = await this.#write(row);
      await this.#detach(row, contents);
    } else if (known.folder !== folderOf(this.#options.to, this.#unit)) {
      throw new ArchiveRefusedError({
        vi: `việc lưu trữ ${known.name} đang dở dang trong ${known.folder} trên máy ${known.host}: chạy lại với --to của thư mục đó`,
        en: `archiving ${known.name} was interrupted; it is in ${known.folder} on ${known.host}: give --to so that it goes on there`,
      });
    }
    if (row === undefined) throw new Error('an archive was begun without a row');
    const keptFiles = await this.#compare(row);
    const { sha256, manifest } = await this.#verify(row);
    await this.#drop(row, sha256);
    return { folder: row.folder, sha256, manifest, keptFiles };
  }

  #step(step: ArchiveStep): void {
    this.#options.signal?.throwIfAborted();
    this.#options.onStep?.(step);
  }

  async #begin(): Promise<ArchivedMonth> {
    const { from, to } = await timesOf(this.#session, this.#unit);
    const { name } = this.#unit;
    const files = this.#partitions.find(({ table }) => table === 'files');
    const [filesFrom, filesTo] = files === undefined ? [null, null] : numbersOf(files);
    await this.#session.execute(
      `INSERT INTO archived_months (name, from_time, to_time, state, folder, host, actor, files_from, files_to)
       VALUES ($1, coalesce($2, '-infinity'::timestamptz), $3, 'writing', $4, $5, $6, $7, $8)
       ON CONFLICT (name) WHERE state <> 'restored'
       DO UPDATE SET folder = excluded.folder, host = excluded.host, actor = excluded.actor, begun_at = now()`,
      [
        name,
        from ?? null,
        to,
        folderOf(this.#options.to, this.#unit),
        hostname(),
        this.#options.actor,
        filesFrom,
        filesTo,
      ],
    );
    const row = await findArchived(this.#session, name);
    if (row === undefined) throw new Error('INSERT gave no row');
    return row;
  }

  /** Begins anew: what an interrupted attempt wrote is removed where it is known to be ours. */
  async #write(row: ArchivedMonth): Promise<Contents> {
    this.#step('write');
    const { folder } = row;
    const partial = partialOf(folder);
    await this.#removeUnfinished(row);
    await beginFolder(partial);
    const contents = await this.#read({ fileOf: filesIn(partial) });
    await writeManifest(partial, this.#manifest(row, contents));
    await publishFolder(partial, folder);
    return contents;
  }

  async #removeUnfinished({ folder, archiveId }: ArchivedMonth): Promise<void> {
    const isThere = await stat(folder).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    const before = await readManifest(folder).catch(() => undefined);
    const { name } = this.#unit;
    if (before?.manifest.name !== name || before.manifest.archiveId !== archiveId)
      throw new ArchiveRefusedError({
        vi: `thư mục ${folder} đã có và không phải do lần lưu trữ này ghi: chọn --to khác hoặc chuyển thư mục đó đi`,
        en: `${folder} exists and was not written by this run: choose another --to, or move that folder away`,
      });
    await rm(folder, { recursive: true });
  }

  /**
   * The text of a table takes about as much as the table itself; bytes take twice as much. What an interrupted attempt
   * left makes room, as it is removed first.
   */
  async #requireRoom(): Promise<void> {
    const { to, measureFree = freeBytes } = this.#options;
    const [row] = await this.#session.query<{ bytes: number }>(
      `SELECT coalesce(sum(pg_table_size(name::regclass) * CASE WHEN name ~ '^(files|deliveries)_' THEN 2 ELSE 1 END), 0)::bigint AS bytes
       FROM unnest($1::text[]) AS name`,
      [this.#partitions.map(({ partition }) => partition)],
    );
    const needed = row?.bytes ?? 0;
    await mkdir(to, { recursive: true });
    const folder = folderOf(to, this.#unit);
    const left = (await bytesOf(folder)) + (await bytesOf(partialOf(folder)));
    const free = (await measureFree(to)) + left;
    if (free >= needed) return;
    const [room, rest] = [sizeInWords(needed), sizeInWords(free)];
    throw new ArchiveRefusedError({
      vi: `không đủ đĩa: lưu trữ ${this.#unit.name} cần khoảng ${room.vi}, ${to} chỉ còn ${rest.vi}; giải phóng đĩa hoặc chọn --to khác rồi chạy lại lệnh, dữ liệu chưa bị thay đổi`,
      en: `not enough disk: the archive of ${this.#unit.name} needs about ${room.en}, and ${to} has ${rest.en} free; free disk space or give another --to, and run the command again; nothing was changed`,
    });
  }

  async #detach(row: ArchivedMonth, contents: Contents): Promise<void> {
    this.#step('detach');
    await detachUnit(this.#session, this.#unit, (tx) => noteContents(tx, row.archiveId, contents));
  }

  /** Returns how many files remain. */
  async #compare(row: ArchivedMonth): Promise<number> {
    this.#step('compare');
    const keptFiles = await keepReferred(this.#session, this.#partitions);
    const before = await readManifest(row.folder);
    const written = new Map(before.manifest.files.map((file) => [file.name, file.sha256]));
    const frozen = await this.#read({ fileOf: async () => undefined }, archivingSchema);
    const changed = new Set(
      frozen.files
        .filter(({ name, sha256 }) => written.get(name) !== sha256)
        .map(({ name }) => name),
    );
    if (changed.size > 0) {
      const file = filesIn(row.folder, (name) => changed.has(name));
      await this.#read({ fileOf: file }, archivingSchema);
    }
    if (changed.size > 0 || textOf(before.manifest) !== textOf(frozen)) {
      await writeManifest(row.folder, this.#manifest(row, frozen));
      await this.#session.transaction((tx) => noteContents(tx, row.archiveId, frozen));
    }
    return keptFiles;
  }

  async #verify({ folder }: ArchivedMonth): Promise<VerifiedArchive> {
    this.#step('verify');
    return requireIntact(folder, this.#options, {
      vi: 'dữ liệu chưa bị xóa',
      en: 'nothing was removed',
    });
  }

  async #drop(row: ArchivedMonth, sha256: string): Promise<void> {
    this.#step('drop');
    await sealArchive(this.#session, row, sha256);
    await keepReferred(this.#session, this.#partitions);
    await this.#session.transaction(async (tx) => {
      for (const { partition } of this.#partitions)
        await tx.execute(`DROP TABLE ${archivingSchema}.${partition}`);
      await tx.execute(
        `UPDATE archived_months SET state = 'archived', archived_at = now(), manifest = $2 WHERE archive_id = $1`,
        [row.archiveId, Buffer.from(sha256, 'hex')],
      );
    });
  }

  async #read({ fileOf }: Pick<ReadingOfUnit, 'fileOf'>, schema?: string): Promise<Contents> {
    const contents = await readUnit(this.#session, {
      source: sourceIn(this.#partitions, schema),
      cuts: await readCuts(this.#session),
      onProgress: (what) => this.#options.onProgress?.(what),
      fileOf,
      signal: this.#options.signal,
    });
    return {
      ...contents,
      chains: await withHashesBefore(this.#session, contents.chains),
    };
  }

  #manifest(
    { archiveId, from, to, actor, host, begunAt }: ArchivedMonth,
    contents: Contents,
  ): Manifest {
    return manifestOf(
      {
        name: this.#unit.name,
        from: from?.toISOString() ?? null,
        to: to.toISOString(),
        writtenAt: begunAt.toISOString(),
        writtenBy: { program: this.#options.program, host, actor },
        archiveId,
      },
      contents,
    );
  }
}

function refuseArchived(known: ArchivedMonth | undefined): void {
  if (known === undefined || known.state === 'writing') return;
  const { name, folder, host, state } = known;
  throw new ArchiveRefusedError(
    state === 'restoring'
      ? {
          vi: `việc khôi phục ${name} đang dở dang: chạy lại \`envigate archive restore ${folder}\` trước`,
          en: `restoring ${name} was interrupted: finish \`envigate archive restore ${folder}\` first`,
        }
      : {
          vi: `${name} đã được lưu trữ trong ${folder} trên máy ${host}`,
          en: `${name} is archived already, in ${folder} on ${host}`,
        },
  );
}

/** Where a unit is read from: the record, or the schema that has it detached. */
export function sourceIn(
  partitions: readonly UnitPartition[],
  schema?: string,
): (of: ArchivedTable) => TableSource {
  const prefix = schema === undefined ? '' : `${schema}.`;
  const files = partitions.filter(({ table }) => table === 'files');
  const ofFiles = schema === undefined ? [] : files.map(({ partition }) => `${prefix}${partition}`);
  return (of) => {
    const found = partitions.find(({ table }) => table === of.table);
    const from = found && `${prefix}${found.partition}`;
    return { of, from, files: [...ofFiles, 'files'] };
  };
}

/** Where audits have checkpoints in the chains. */
async function readCuts(session: Session): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const cuts = new Map<string, Set<number>>();
  const rows = await session.query<{ chain: string; upto: number }>(
    `SELECT substring(subject FROM 7) AS chain, upto FROM audit_checkpoints WHERE subject LIKE 'chain %'`,
  );
  for (const { chain, upto } of rows) cuts.set(chain, (cuts.get(chain) ?? new Set()).add(upto));
  return cuts;
}

/** The hash of the link before each range, from the record or from another archive. */
async function withHashesBefore(
  session: Session,
  ranges: readonly LinkRange[],
): Promise<readonly LinkRange[]> {
  const complete: LinkRange[] = [];
  for (const range of ranges) {
    if (range.from === 1 || range.hashBefore !== '') {
      complete.push(range);
      continue;
    }
    const before = await placeOfRow(session, range.chain, range.from - 1);
    const [hashBefore] = before?.hashes ?? [];
    if (hashBefore === undefined)
      throw new DatabaseError(
        `chain ${range.chain} has no link ${range.from - 1}, which ${range.from} continues: run \`envigate audit --full\``,
        { code: 'ledger', retryable: false, connectionLost: false },
      );
    complete.push({ ...range, hashBefore });
  }
  return complete;
}

const textOf = ({ files, chains, spools, stations }: Contents): string =>
  JSON.stringify([files, chains, spools, stations]);

const partialOf = (folder: string): string => `${folder}.partial`;

/** Of the files in a folder; 0 where it is not there. */
async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
