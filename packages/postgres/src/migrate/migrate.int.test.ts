import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { Database } from '../connection/database.ts';
import { applyMigrations, migrate, readMigrations, type Migration } from './migrate.ts';

let fixture: TestDatabase;
let database: Database;

beforeEach(async () => {
  fixture = await testDatabase();
  database = fixture.database;
});
afterEach(() => fixture.drop());

const migration = (name: string, sql: string, checksum = sql): Migration => ({
  name,
  sql,
  checksum,
});

/** After the gateway's own, so that the fixture's history fits. */
async function withOwn(...more: Migration[]): Promise<Migration[]> {
  return [...(await readMigrations()), ...more];
}

const tableExists = async (name: string): Promise<boolean> => {
  const rows = await database.query('SELECT 1 WHERE to_regclass($1) IS NOT NULL', [name]);
  return rows.length > 0;
};

describe('migrate', () => {
  test('does nothing where everything was applied', async () => {
    expect(await migrate(database)).toEqual([]);
    const names = (await readMigrations()).map(({ name }) => name);
    const rows = await database.query('SELECT name FROM schema_migrations ORDER BY name');
    expect(rows).toEqual(names.map((name) => ({ name })));
    expect(names.length).toBeGreaterThan(0);
  });

  test('applies what is missing, in order', async () => {
    const all = await withOwn(
      migration('9001_first.sql', 'CREATE TABLE first (id integer)'),
      migration(
        '9002_second.sql',
        'INSERT INTO first VALUES (1); CREATE TABLE second (id integer);',
      ),
    );
    expect(await applyMigrations(database, all)).toEqual(['9001_first.sql', '9002_second.sql']);
    expect(await database.query('SELECT id FROM first')).toEqual([{ id: 1 }]);
  });

  test('is done once, however many processes start together', async () => {
    const all = await withOwn(
      migration('9001_slow.sql', 'CREATE TABLE slow (id integer); SELECT pg_sleep(0.3);'),
      migration('9002_next.sql', 'INSERT INTO slow VALUES (1)'),
    );
    const processes = Array.from(
      { length: 4 },
      () => new Database({ url: fixture.url, poolSize: 1, logger: silentLogger() }),
    );
    const applied = await Promise.all(processes.map((each) => applyMigrations(each, all)));
    expect(applied.flat().sort()).toEqual(['9001_slow.sql', '9002_next.sql']);
    expect(await database.query('SELECT id FROM slow')).toEqual([{ id: 1 }]);
    await Promise.all(processes.map((each) => each.close()));
  });

  test('a migration that fails leaves nothing of itself, and what came before stays', async () => {
    const all = await withOwn(
      migration('9001_good.sql', 'CREATE TABLE good (id integer)'),
      migration('9002_bad.sql', 'CREATE TABLE half (id integer); SELECT 1/0;'),
    );
    await expect(applyMigrations(database, all)).rejects.toThrow('division by zero');
    expect(await tableExists('good')).toBe(true);
    expect(await tableExists('half')).toBe(false);
    const repaired = [
      ...all.slice(0, -1),
      migration('9002_bad.sql', 'CREATE TABLE half (id integer)'),
    ];
    expect(await applyMigrations(database, repaired)).toEqual(['9002_bad.sql']);
  });

  test('refuses a file that was changed after it had been applied', async () => {
    const all = await withOwn(migration('9001_first.sql', 'CREATE TABLE first (id integer)'));
    await applyMigrations(database, all);
    const edited = [
      ...all.slice(0, -1),
      migration('9001_first.sql', 'CREATE TABLE first (id bigint)'),
    ];
    const more = [...edited, migration('9002_second.sql', 'CREATE TABLE second (id integer)')];
    await expect(applyMigrations(database, more)).rejects.toThrow(
      'migrations/9001_first.sql was changed after it had been applied',
    );
    expect(await tableExists('second')).toBe(false);
  });

  test('refuses a database that a newer version has migrated', async () => {
    await applyMigrations(database, await withOwn(migration('9001_new.sql', 'SELECT 1')));
    await expect(migrate(database)).rejects.toThrow(
      '9001_new.sql, which this version does not know',
    );
  });
});
