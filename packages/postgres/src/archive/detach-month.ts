import { setTimeout as wait } from 'node:timers/promises';
import {
  DatabaseError,
  lockNotAvailable,
  type ClientSession,
  type Session,
} from '../connection/session.ts';
import { copyOptions, lockMonths, monthlyTables } from '../months/make-months.ts';
import {
  archivingSchema,
  conditionOf,
  partitionsOf,
  type Unit,
  type UnitPartition,
} from './archived-tables.ts';
import { ArchiveRefusedError } from './refusals.ts';

/** Everybody waits while a unit is swapped, and for as long while that waits for a long query. Then it gives way. */
const lockTimeout = '1s';
const mostTries = 60;
const betweenTriesMs = 1_000;

/** SQLSTATE deadlock_detected. */
const deadlock = '40P01';

/**
 * Puts empty partitions in the place of those of a unit, which go to the schema `archiving`. One transaction, so that
 * the tables always agree; it needs them for itself for some milliseconds. No range is without a partition at any
 * time: what arrives for the unit later finds a place. What has to remain is there at once. `note` writes what is to be known of the archive.
 */
export async function detachUnit(
  session: ClientSession,
  unit: Unit,
  note: (tx: Session) => Promise<void>,
): Promise<void> {
  await findReferred(session, await partitionsOf(session, unit));
  await exclusively(session, unit, async (tx) => {
    const partitions = await partitionsOf(tx, unit);
    for (const partition of partitions) await replaceByEmpty(tx, partition);
    await copyBack(tx, partitions, `SELECT file_no FROM ${keptNumbers}`);
    await tx.execute(`DROP TABLE ${keptNumbers}`);
    await tx.execute(
      `UPDATE archived_months SET state = 'detached' WHERE name = $1 AND state = 'writing'`,
      [unit.name],
    );
    await note(tx);
  });
}

async function replaceByEmpty(
  tx: Session,
  { table, partition, bound }: UnitPartition,
): Promise<void> {
  const detached = `${archivingSchema}.${partition}`;
  await tx.execute(`ALTER TABLE ${table} DETACH PARTITION ${partition}`);
  await tx.execute(`ALTER TABLE ${partition} SET SCHEMA ${archivingSchema}`);
  await tx.execute(`CREATE TABLE ${partition} (LIKE ${detached} INCLUDING ALL EXCLUDING IDENTITY)`);
  await copyOptions(tx, detached, partition);
  await tx.execute(`ALTER TABLE ${table} ATTACH PARTITION ${partition} ${bound}`);
}

/**
 * Runs `work` while nobody reads or writes the record. Recorders read `archived_months` first in each of their
 * transactions, so that those under way end before, and the next ones see what is archived.
 */
export async function exclusively(
  session: ClientSession,
  { name }: Pick<Unit, 'name'>,
  work: (tx: Session) => Promise<void>,
): Promise<void> {
  const tables = monthlyTables.map(({ table }) => table).join(', ');
  for (let tries = 1; ; tries++) {
    try {
      await session.transaction(async (tx) => {
        await tx.execute(`SET LOCAL lock_timeout = '${lockTimeout}'`);
        await lockMonths(tx);
        await tx.execute('LOCK TABLE archived_months IN ACCESS EXCLUSIVE MODE');
        await tx.execute(`LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
        await work(tx);
      });
      return;
    } catch (error) {
      const isBusy =
        error instanceof DatabaseError &&
        (error.code === lockNotAvailable || error.code === deadlock);
      if (!isBusy) throw error;
      if (tries >= mostTries)
        throw new ArchiveRefusedError({
          vi: `các bảng dữ liệu bận quá lâu, chưa thay đổi ${name}: chờ các truy vấn dài kết thúc rồi chạy lại lệnh`,
          en: `the tables of the record were in use for too long; ${name} is as it was: wait until long queries end (pg_stat_activity shows them), then run the command again`,
        });
      await wait(betweenTriesMs);
    }
  }
}

/** Files that have to remain, of those in a table: rows outside of the unit refer to them, or they wait for a person. */
function referredFiles(
  partitions: readonly UnitPartition[],
  prefix: string,
  isOutside: (table: UnitPartition['table']) => string,
): string {
  const files = partitions.find(({ table }) => table === 'files');
  if (files === undefined) return 'SELECT NULL::bigint AS file_no WHERE false';
  const quarantine = partitions.find(({ table }) => table === 'quarantine');
  const isIn = conditionOf(files);
  return [
    ...referring.map((table) => `SELECT file_no FROM ${table} WHERE ${isIn} ${isOutside(table)}`),
    `SELECT file_no FROM ${prefix}${files.partition} WHERE state = 'quarantined'`,
    ...(quarantine === undefined
      ? []
      : [`SELECT file_no FROM ${prefix}${quarantine.partition} WHERE resolved_at IS NULL`]),
  ].join(' UNION ');
}

const referring = [
  'receptions',
  'readings',
  'reading_revisions',
  'quarantine',
  'deliveries',
] as const;

/** Numbers of the files that have to remain, found before everybody has to wait. */
const keptNumbers = `${archivingSchema}.kept_numbers`;

async function findReferred(session: Session, partitions: readonly UnitPartition[]): Promise<void> {
  const of = new Map(partitions.map((partition) => [partition.table, partition]));
  const isOutside = (table: UnitPartition['table']): string => {
    const own = of.get(table);
    return own === undefined ? '' : `AND NOT (${conditionOf(own)})`;
  };
  await session.execute(`DROP TABLE IF EXISTS ${keptNumbers}`);
  await session.execute(
    `CREATE TABLE ${keptNumbers} AS ${referredFiles(partitions, '', isOutside)}`,
  );
}

/**
 * Copies back what has to remain in the database: files to which rows outside of the unit refer, files that
 * wait for a person, and the rows of quarantine of files that are there. The archive has them too. Returns the number
 * of files that remain. May be called again.
 */
export async function keepReferred(
  session: Session,
  partitions: readonly UnitPartition[],
): Promise<number> {
  await copyBack(
    session,
    partitions,
    referredFiles(partitions, `${archivingSchema}.`, () => ''),
  );
  const files = partitions.find(({ table }) => table === 'files');
  if (files === undefined) return 0;
  const [row] = await session.query<{ count: number }>(`SELECT count(*) FROM ${files.partition}`);
  return row?.count ?? 0;
}

async function copyBack(
  session: Session,
  partitions: readonly UnitPartition[],
  numbers: string,
): Promise<void> {
  const files = partitions.find(({ table }) => table === 'files');
  if (files !== undefined)
    await session.execute(
      `INSERT INTO files SELECT * FROM ${archivingSchema}.${files.partition}
       WHERE file_no IN (${numbers}) ON CONFLICT DO NOTHING`,
    );
  const quarantine = partitions.find(({ table }) => table === 'quarantine');
  if (quarantine !== undefined)
    await session.execute(
      `INSERT INTO quarantine
       SELECT * FROM ${archivingSchema}.${quarantine.partition} q
       WHERE EXISTS (SELECT FROM files f WHERE f.file_no = q.file_no)
       ON CONFLICT DO NOTHING`,
    );
}
