import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import {
  enterFileKeys,
  lockMigrations,
  type EnterOptions,
  type Report,
} from './enter-file-keys.ts';
import { ensureGrafanaReader } from './grafana-reader.ts';
import { defaultMonthsAhead, makeMonths } from '../months/make-months.ts';
import type { Database } from '../connection/database.ts';
import type { ClientSession, Session } from '../connection/session.ts';

export interface Migration {
  /** The file's name; its number in front gives the order. */
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  /**
   * What takes long is done before the migration itself: in pieces, each in a transaction of its own, so
   * that it goes on where it was interrupted. Called again where it was done already.
   */
  readonly prepare?: (session: ClientSession) => Promise<void>;
}

const migrationsFolder = new URL('../../migrations/', import.meta.url);
const fileName = /^\d{4}_[a-z0-9_]+\.sql$/;

/**
 * Brings the tables to this version: the files of `migrations/` that the database has not seen,
 * in order, each in a transaction of its own. Several processes may call it at once. Returns the
 * names of those that this call applied. Makes the role that dashboards read by, where it may.
 *
 * Rejects, changing nothing, where an applied file has since been edited or the database was
 * migrated by a newer version, or where the server's disk is too full for what has to be done. `report`
 * gets the progress of what takes long.
 */
export async function migrate(
  database: Database,
  report: Report = () => undefined,
  entering?: EnterOptions,
): Promise<readonly string[]> {
  const prepare = (session: ClientSession): Promise<void> =>
    enterFileKeys(session, report, entering);
  const migrations = (await readMigrations()).map((migration) =>
    migration.name === monthsMigration ? { ...migration, prepare } : migration,
  );
  const applied = await applyMigrations(database, migrations);
  await makeMonths(database, defaultMonthsAhead);
  await ensureGrafanaReader(database, report);
  return applied;
}

const monthsMigration = '0027_months.sql';

export async function readMigrations(
  folder: URL | string = migrationsFolder,
): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = typeof folder === 'string' ? `${folder}/${name}` : new URL(name, folder);
      const sql = await readFile(path, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** The names of those that the database has not seen. Changes nothing; rejects as `migrate` does. */
export async function missingMigrations(session: Session): Promise<readonly string[]> {
  const migrations = await readMigrations();
  const [table] = await session.query(`SELECT WHERE to_regclass('schema_migrations') IS NOT NULL`);
  if (table === undefined) return migrations.map(({ name }) => name);
  const done = await session.query<AppliedMigration>(
    'SELECT name, checksum FROM schema_migrations',
  );
  checkHistory(migrations, done);
  return migrations
    .map(({ name }) => name)
    .filter((name) => !done.some((row) => row.name === name));
}

export async function applyMigrations(
  database: Database,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  // Without limits: a migration takes what it takes, and others wait for it as long.
  const connection = await database.connectDedicated({ statementTimeoutMs: 0, lockTimeoutMs: 0 });
  try {
    const applied: string[] = [];
    const { session } = connection;
    for (;;) {
      const next = await session.transaction((tx) => findNext(tx, migrations));
      if (next === undefined) return applied;
      await next.prepare?.(session);
      if (await session.transaction((tx) => apply(tx, next, migrations))) applied.push(next.name);
    }
  } finally {
    await connection.close();
  }
}

/** The first migration that is missing; undefined where none is. */
async function findNext(
  tx: Session,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  // Of several processes that start together the others wait here, and then find its row.
  await lockMigrations(tx);
  await tx.execute(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      name       text        PRIMARY KEY,
      checksum   text        NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  const done = await tx.query<AppliedMigration>('SELECT name, checksum FROM schema_migrations');
  checkHistory(migrations, done);
  return migrations.find(({ name }) => !done.some((row) => row.name === name));
}

/** False where another process was faster. */
async function apply(
  tx: Session,
  { name, sql, checksum }: Migration,
  migrations: readonly Migration[],
): Promise<boolean> {
  if ((await findNext(tx, migrations))?.name !== name) return false;
  await tx.execute(sql);
  await tx.execute('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [
    name,
    checksum,
  ]);
  return true;
}

interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

function checkHistory(migrations: readonly Migration[], done: readonly AppliedMigration[]): void {
  for (const { name, checksum } of done) {
    const known = migrations.find((migration) => migration.name === name);
    if (known === undefined) {
      throw new Error(
        `the database has migration ${name}, which this version does not know: run the newer version`,
      );
    }
    if (known.checksum !== checksum) {
      throw new Error(
        `migrations/${name} was changed after it had been applied: restore it and add a new file instead`,
      );
    }
  }
}
