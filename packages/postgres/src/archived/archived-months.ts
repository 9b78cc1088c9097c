import { createHash } from 'node:crypto';
import type { ReceptionCounts } from '@envigate/domain';
import { byteaArray, numberArray, textArray, type Session } from '../connection/session.ts';

/**
 * - writing: its archive is being written; its rows are where they always were.
 * - detached: its rows are in tables of their own, which nobody writes to, until the archive was compared with them.
 * - archived: its rows are in the archive alone.
 * - restoring: the archive is being loaded; its rows are not attached yet.
 * - restored: its rows are where they were. It may be archived again, as another row.
 */
export type ArchiveState = 'writing' | 'detached' | 'archived' | 'restoring' | 'restored';

/** In which the rows of a month are not in the tables of the record. */
export const absentStates = `('detached', 'archived', 'restoring')`;

export interface ArchivedMonth {
  readonly archiveId: number;
  readonly name: string;
  readonly from: Date | null;
  readonly to: Date;
  readonly state: ArchiveState;
  readonly folder: string;
  readonly host: string;
  readonly actor: string;
  readonly begunAt: Date;
  readonly archivedAt: Date | null;
  readonly restoredAt: Date | null;
  /** SHA-256 of manifest.json, hexadecimal. */
  readonly manifest: string | null;
  readonly rows: Readonly<Record<string, number>>;
}

const selectMonths = `
  SELECT archive_id AS "archiveId", name, CASE WHEN isfinite(from_time) THEN from_time END AS from, to_time AS to, state,
         folder, host, actor, begun_at AS "begunAt", archived_at AS "archivedAt", restored_at AS "restoredAt",
         encode(manifest, 'hex') AS manifest, rows
  FROM archived_months`;

/** The oldest first. */
export function listArchivedMonths(session: Session): Promise<readonly ArchivedMonth[]> {
  return session.query<ArchivedMonth>(`${selectMonths} ORDER BY from_time, archive_id`);
}

/** Those whose rows are not in the tables of the record; the oldest first. */
export function listAbsentMonths(session: Session): Promise<readonly ArchivedMonth[]> {
  return session.query<ArchivedMonth>(
    `${selectMonths} WHERE state IN ${absentStates} ORDER BY from_time, archive_id`,
  );
}

export interface AbsentTime {
  /** Null: without a beginning. */
  readonly from: Date | null;
  readonly to: Date;
}

/** The times whose rows are not in the tables of the record; the earliest first. */
export function readAbsentTimes(session: Session): Promise<readonly AbsentTime[]> {
  return session.query<AbsentTime>(
    `SELECT CASE WHEN isfinite(from_time) THEN from_time END AS from, to_time AS to
     FROM archived_months WHERE state IN ${absentStates} ORDER BY from_time`,
  );
}

/** A condition: the number of a file is one of an archived month. */
export const isArchivedFile = (fileNo: string): string =>
  `EXISTS (SELECT FROM archived_months
           WHERE state IN ${absentStates} AND ${fileNo} >= files_from AND ${fileNo} < files_to)`;

/** A month whose rows are not in the tables of the record; UTC milliseconds. */
export interface AbsentMonth {
  readonly name: string;
  /** Null: without a beginning. */
  readonly from: number | null;
  /** Exclusive. */
  readonly to: number;
}

/**
 * All of them as one value of a statement. Whoever reads it holds the table until the end of the transaction, so that no
 * month is taken out meanwhile.
 */
export const selectAbsentMonths = `
  coalesce((SELECT json_agg(json_build_object('name', name,
              'from', CASE WHEN isfinite(from_time) THEN extract(epoch FROM from_time) * 1000 END,
              'to', extract(epoch FROM to_time) * 1000))
            FROM archived_months WHERE state IN ${absentStates}), '[]')`;

export function isAbsent(ms: number, { from, to }: AbsentMonth): boolean {
  return ms < to && (from === null || ms >= from);
}

/** The one that is not restored. */
export async function findArchived(
  session: Session,
  name: string,
): Promise<ArchivedMonth | undefined> {
  const [month] = await session.query<ArchivedMonth>(
    `${selectMonths} WHERE name = $1 AND state <> 'restored'`,
    [name],
  );
  return month;
}

/** What the database keeps of the contents of an archive. */
export interface KeptContents {
  readonly chains: readonly LinkRange[];
  readonly spools: readonly SequencesOfSpool[];
  readonly stations: readonly StationSpan[];
}

/** Links of a chain of the ledger without a hole; the hashes are hexadecimal. */
export interface LinkRange {
  readonly chain: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  readonly hashBefore: string;
  readonly hashAfter: string;
  readonly counts: ReceptionCounts;
}

export interface SequencesOfSpool {
  readonly spoolId: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

export interface StationSpan {
  readonly stationId: number;
  /** ISO 8601, as PostgreSQL writes it. */
  readonly first: string;
  readonly last: string;
}

/** What is known here of the contents of an archive; replaces what was known before. */
export async function noteContents(
  tx: Session,
  archiveId: number,
  {
    chains,
    spools,
    stations,
    files,
  }: KeptContents & {
    readonly files: readonly { readonly table: string; readonly rows: number }[];
  },
): Promise<void> {
  await forgetContents(tx, archiveId);
  for (const part of inParts(chains))
    await tx.execute(insertLinks, [archiveId, ...linkColumns(part)]);
  for (const part of inParts(spools))
    await tx.execute(insertSequences, [archiveId, ...sequenceColumns(part)]);
  for (const part of inParts(stations))
    await tx.execute(insertStations, [archiveId, ...stationColumns(part)]);
  const rows = Object.fromEntries(files.map(({ table, rows: count }) => [table, count]));
  await tx.execute('UPDATE archived_months SET rows = $2 WHERE archive_id = $1', [
    archiveId,
    JSON.stringify(rows),
  ]);
}

export async function forgetContents(tx: Session, archiveId: number): Promise<void> {
  for (const table of ['archived_links', 'archived_sequences', 'archived_stations'])
    await tx.execute(`DELETE FROM ${table} WHERE archive_id = $1`, [archiveId]);
}

function* inParts<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += 5_000) yield items.slice(at, at + 5_000);
}

const insertLinks = `
  INSERT INTO archived_links (archive_id, chain, from_sequence, to_sequence, hash_before, hash_after, counts)
  SELECT $1, given.* FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::json[]) AS given`;
const insertSequences = `
  INSERT INTO archived_sequences (archive_id, spool_id, from_sequence, to_sequence)
  SELECT $1, given.* FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS given`;
const insertStations = `
  INSERT INTO archived_stations (archive_id, station_id, first_instant, last_instant)
  SELECT $1, given.* FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) AS given`;

const linkColumns = (ranges: readonly LinkRange[]): readonly string[] => [
  textArray(ranges.map(({ chain }) => chain)),
  numberArray(ranges.map(({ from }) => from)),
  numberArray(ranges.map(({ to }) => to)),
  byteaArray(ranges.map(({ hashBefore }) => Buffer.from(hashBefore, 'hex'))),
  byteaArray(ranges.map(({ hashAfter }) => Buffer.from(hashAfter, 'hex'))),
  textArray(ranges.map(({ counts }) => JSON.stringify(counts))),
];
const sequenceColumns = (ranges: readonly SequencesOfSpool[]): readonly string[] => [
  textArray(ranges.map(({ spoolId }) => spoolId)),
  numberArray(ranges.map(({ from }) => from)),
  numberArray(ranges.map(({ to }) => to)),
];
const stationColumns = (spans: readonly StationSpan[]): readonly string[] => [
  numberArray(spans.map(({ stationId }) => stationId)),
  textArray(spans.map(({ first }) => first)),
  textArray(spans.map(({ last }) => last)),
];

/** Of its ranges in the database, in pieces. */
export async function hashOfKept(session: Session, archiveId: number): Promise<string> {
  const hash = createHash('sha256');
  for (const [table, key] of keptTables) {
    const columns = key.split(', ');
    let after: readonly string[] = [];
    for (;;) {
      const behind =
        after.length === 0
          ? ''
          : `AND (${key}) > (${columns.map((_, i) => `$${i + 2}`).join(', ')})`;
      const rows: readonly { text: string; key: readonly string[] }[] = await session.query(
        `SELECT kept::text AS text, ARRAY[${columns.map((name) => `${name}::text`).join(', ')}] AS key
         FROM ${table} kept WHERE archive_id = $1 ${behind} ORDER BY ${key} LIMIT 5000`,
        [archiveId, ...after],
      );
      for (const { text } of rows) hash.update(`${text}\n`);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.key;
    }
  }
  return hash.digest('hex');
}

const keptTables = [
  ['archived_links', 'chain, from_sequence'],
  ['archived_sequences', 'spool_id, from_sequence'],
  ['archived_stations', 'station_id'],
] as const;
