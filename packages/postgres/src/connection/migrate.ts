import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { Database } from './database.ts';
import type { Session } from './session.ts';

export interface Migration {
  /** The file's name; its number in front gives the order. */
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

const migrationsFolder = new URL('../../migrations/', import.meta.url);
const fileName = /^\d{4}_[a-z0-9_]+\.sql$/;

/**
 * Brings the tables to this version: the files of `migrations/` that the database has not seen,
 * in order, each in a transaction of its own. Several processes may call it at once. Returns the
 * names of those that this call applied.
 *
 * Rejects, changing nothing, where an applied file has since been edited or the database was
 * migrated by a newer version.
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  return applyMigrations(database, await readMigrations());
}

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

export async function applyMigrations(
  database: Database,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  // Without limits: a migration takes what it takes, and others wait for it as long.
  const connection = await database.connectDedicated({ statementTimeoutMs: 0, lockTimeoutMs: 0 });
  try {
    const applied: string[] = [];
    for (;;) {
      const name = await connection.session.transaction((tx) => applyNext(tx, migrations));
      if (name === undefined) return applied;
      applied.push(name);
    }
  } finally {
    await connection.close();
  }
}

/** Applies the first migration that is missing; undefined where none is. */
async function applyNext(
  tx: Session,
  migrations: readonly Migration[],
): Promise<string | undefined> {
  // Of several processes that start together the others wait here, and then find its row.
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('envigate migrations', 0))`);
  await tx.execute(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      name       text        PRIMARY KEY,
      checksum   text        NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  const done = await tx.query<AppliedMigration>('SELECT name, checksum FROM schema_migrations');
  checkHistory(migrations, done);
  const next = migrations.find(({ name }) => !done.some((row) => row.name === name));
  if (next === undefined) return undefined;
  await tx.execute(next.sql);
  await tx.execute('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [
    next.name,
    next.checksum,
  ]);
  return next.name;
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
