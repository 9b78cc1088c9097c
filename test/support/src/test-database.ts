import { createHash, randomUUID } from 'node:crypto';
import { Database, migrate, monthlyTables, readMigrations } from '@envigate/postgres';
import { silentLogger } from '@envigate/runtime';

export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  /** Ends every connection to it, as a restart of the server would. Resolves with their number. */
  killBackends(): Promise<number>;
  /** A copy of it as it is now. Nothing else may write to it meanwhile. */
  backUp(): Promise<Backup>;
  /** Closes `database` and removes it all, also while others are connected. */
  drop(): Promise<void>;
}

export interface Backup {
  /** Puts the database back to the copy; whoever is connected to it loses the connection. */
  restore(): Promise<void>;
  drop(): Promise<void>;
}

/**
 * A fresh, migrated database of its own, on the server of ENVIGATE_TEST_POSTGRES (the URL of a
 * superuser). It is a clone of a template that is migrated once for each state of the migrations.
 * `migrated: false`: an empty one, for whoever migrates it.
 */
export async function testDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const admin = openAdmin();
  try {
    const template = migrated ? await ensureTemplate(admin) : 'template1';
    const name = `envigate_test_${process.pid}_${randomUUID().slice(0, 8)}`;
    await admin.execute(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    const url = urlOf(name);
    const database = open(url, 10);
    return {
      url,
      database,
      killBackends: () => onAdmin((session) => killBackends(session, name)),
      backUp: () => backUp(name),
      async drop() {
        await database.close();
        await onAdmin((session) => session.execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      },
    };
  } finally {
    await admin.close();
  }
}

async function backUp(name: string): Promise<Backup> {
  const backup = `${name}_backup`;
  const copy = (from: string, to: string): Promise<void> =>
    onAdmin(async (admin) => {
      await killBackends(admin, from); // a template may have no sessions
      await admin.execute(`DROP DATABASE IF EXISTS ${to} WITH (FORCE)`);
      await admin.execute(`CREATE DATABASE ${to} TEMPLATE ${from}`);
    });
  await copy(name, backup);
  return {
    restore: () => copy(backup, name),
    drop: () =>
      onAdmin(async (admin) => {
        await admin.execute(`DROP DATABASE IF EXISTS ${backup} WITH (FORCE)`);
      }),
  };
}

/** Ends all sessions of a database, as their users see a server that is restarted. */
export async function killBackends(admin: Database, databaseName: string): Promise<number> {
  const killed = await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    [databaseName],
  );
  return killed.length;
}

async function ensureTemplate(admin: Database): Promise<string> {
  const migrations = await readMigrations();
  // A template of last month lacks a month of those made ahead.
  const month = new Date().toISOString().slice(0, 7);
  const checksums = [
    month,
    ...migrations.map(({ name, checksum }) => `${name} ${checksum}`),
    ...cuts,
  ].join('\n');
  const template = `envigate_test_template_${createHash('sha256').update(checksums).digest('hex').slice(0, 12)}`;
  const exists = async (): Promise<boolean> =>
    (await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [template])).length > 0;
  if (await exists()) return template;
  const building = `${template}_${process.pid}`;
  await admin.execute(`CREATE DATABASE ${building}`);
  const database = open(urlOf(building), 1);
  try {
    await migrate(database);
    await cutBefore(database);
  } finally {
    await database.close();
  }
  // The name appears only when the template is whole; whoever comes second finds it taken.
  try {
    await admin.execute(`ALTER DATABASE ${building} RENAME TO ${template}`);
  } catch (error) {
    await admin.execute(`DROP DATABASE ${building}`);
    if (!(await exists())) throw error;
  }
  return template;
}

/** Where the first partition of the tables by time is cut: many tests have instants around these. */
const cuts = ['2026-01-01T00:00Z', '2026-01-01T06:00Z', '2026-01-05T00:00Z', '2026-02-01T01:00Z'];

/** So that most tests write to more than one partition, and read from more than one. */
async function cutBefore(database: Database): Promise<void> {
  for (const { table } of monthlyTables.filter((each) => !each.isByNumber)) {
    const before = `${table}_before`;
    const [bound] = await database.query<{ end: string }>(
      `SELECT substring(pg_get_expr(relpartbound, oid) FROM $$TO \\((.+)\\)$$) AS end
       FROM pg_class WHERE oid = $1::regclass`,
      [before],
    );
    const ends = [...cuts.map((cut) => `'${cut}'`), bound?.end];
    await database.transaction(async (tx) => {
      await tx.execute(`ALTER TABLE ${table} DETACH PARTITION ${before}`);
      for (const [i, cut] of cuts.entries())
        await tx.execute(
          `CREATE TABLE ${table}_1970_0${i + 1} (LIKE ${before} INCLUDING ALL EXCLUDING IDENTITY);
           ALTER TABLE ${table} ATTACH PARTITION ${table}_1970_0${i + 1}
             FOR VALUES FROM ('${cut}') TO (${ends[i + 1]})`,
        );
      await tx.execute(
        `ALTER TABLE ${table} ATTACH PARTITION ${before} FOR VALUES FROM (MINVALUE) TO (${ends[0]})`,
      );
    });
  }
}

async function onAdmin<T>(work: (admin: Database) => Promise<T>): Promise<T> {
  const admin = openAdmin();
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

function openAdmin(): Database {
  return open(adminUrl(), 1);
}

function open(url: string, poolSize: number): Database {
  return new Database({ url, poolSize, applicationName: 'envigate test', logger: silentLogger() });
}

function adminUrl(): string {
  const url = process.env['ENVIGATE_TEST_POSTGRES'];
  if (url === undefined || url === '') {
    throw new Error(
      'these tests need PostgreSQL: run them by `make test`, or set ENVIGATE_TEST_POSTGRES to the URL of a superuser',
    );
  }
  return url;
}

function urlOf(database: string): string {
  const url = new URL(adminUrl());
  url.pathname = `/${database}`;
  return url.href;
}
