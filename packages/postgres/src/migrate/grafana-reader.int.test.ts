import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { Database } from '../connection/database.ts';
import { RecordScene } from '../console/testing/record-scene.ts';
import { ensureGrafanaReader } from './grafana-reader.ts';

let on: TestDatabase;
let reader: Database;
/** Roles belong to the server, which other tests share: these have names of their own. */
const roles: string[] = [];
const newRole = (): string => {
  const role = `test_role_${randomUUID().slice(0, 8)}`;
  roles.push(role);
  return role;
};
const password = 'for-tests-only';

beforeAll(async () => {
  on = await testDatabase();
  const scene = RecordScene.on(on);
  await scene.record([scene.file({})], ['ministry']);
  await scene.quarantine({ name: 'unknown.txt' });
  const role = newRole();
  await ensureGrafanaReader(on.database, unexpected, role);
  await on.database.execute(`ALTER ROLE ${role} PASSWORD '${password}'`);
  reader = as(role);
});
afterAll(async () => {
  await reader?.close();
  for (const role of roles)
    await on?.database.execute(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  await on?.drop();
});

const unexpected = (line: string): never => {
  throw new Error(line);
};

function as(role: string): Database {
  const url = new URL(on.url);
  url.username = role;
  url.password = password;
  return new Database({ url: url.href, poolSize: 1, logger: silentLogger() });
}

interface Relation {
  readonly name: string;
}

const relations = (where: string): Promise<readonly Relation[]> =>
  on.database.query<Relation>(
    `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
     WHERE ${where} AND relkind IN ('r', 'p', 'v', 'm') ORDER BY 1`,
  );

describe('the role of dashboards', () => {
  test('reads every view', async () => {
    const views = await relations(`nspname = 'grafana'`);
    expect(views.length).toBeGreaterThan(10);
    for (const { name } of views) await reader.query(`SELECT * FROM ${name} LIMIT 1`);
    expect(await reader.query('SELECT parameter, value FROM readings')).toEqual([
      { parameter: 'pH', value: 7 },
    ]);
    expect(
      await reader.query(`SELECT items FROM for_a_person WHERE what = 'unknown-stations'`),
    ).toEqual([{ items: 1 }]);
  });

  test('reads no table and no other view', async () => {
    const others = await relations(
      `nspname NOT IN ('grafana', 'pg_catalog', 'information_schema', 'pg_toast') AND nspname !~ '^pg_temp'`,
    );
    expect(others.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'public.readings',
        'public.files',
        'public.registry_items',
        'public.notice_mails',
        'event_log.records',
      ]),
    );
    const read: string[] = [];
    for (const { name } of others)
      await reader.query(`SELECT FROM ${name} LIMIT 1`).then(
        () => read.push(name),
        (error: unknown) => expect(error).toMatchObject({ code: '42501' }),
      );
    expect(read).toEqual([]);
  });

  test.each([
    ['INSERT INTO grafana.notices (code) VALUES ($$x$$)'],
    ['DELETE FROM grafana.notices'],
    ['UPDATE grafana.outages SET cause = NULL'],
    ['CREATE TABLE grafana.mine (n integer)'],
    ['CREATE VIEW grafana.mine AS SELECT 1'],
    ['CREATE ROLE mine'],
    [`SELECT nextval('public.file_numbers')`],
    [`SELECT pg_read_file('PG_VERSION')`],
    ['SET ROLE postgres'],
  ])('is refused: %s', async (sql) => {
    // Also where the reader has switched its default off.
    await reader.execute('SET default_transaction_read_only = off');
    await expect(reader.execute(sql)).rejects.toMatchObject({ code: '42501' });
  });

  test('sees no secret, address or original', async () => {
    const columns = await on.database.query<{ name: string }>(
      `SELECT DISTINCT column_name AS name FROM information_schema.columns WHERE table_schema = 'grafana' ORDER BY 1`,
    );
    const hidden =
      /^(content|payload|body|address|recipient|peer|text|raw_|subject|message_id|answer|receipt|.*hash|file_name|name_of|actor)/;
    expect(columns.filter(({ name }) => hidden.test(name))).toEqual([]);
  });

  test('is not shown rows that a view of the registry leaves out', async () => {
    await on.database.execute(
      `INSERT INTO registry_items (kind, code, version, valid_from, actor, body)
       VALUES ('account', 'hidden-account', 1, now(), 'test', '{}')`,
    );
    const rows: string[] = [];
    await reader.transaction(async (tx) => {
      await tx.execute('SET TRANSACTION READ WRITE');
      // What the reader may switch off too: every row is looked at.
      await tx.execute('SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off');
      await tx.execute(
        `CREATE FUNCTION pg_temp.see(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
         AS $$ BEGIN PERFORM set_config('test.seen', coalesce(current_setting('test.seen', true), '') || $1, false); RETURN true; END $$`,
      );
      await tx.query('SELECT FROM grafana.stations WHERE pg_temp.see(station)');
      const [row] = await tx.query<{ seen: string | null }>(
        `SELECT current_setting('test.seen', true) AS seen`,
      );
      rows.push(row?.seen ?? '');
    });
    expect(rows.join()).not.toContain('hidden-account');
  });
});

describe('making the role', () => {
  test('changes nothing where it is there', async () => {
    await ensureGrafanaReader(on.database, unexpected, roles[0]);
  });

  test('gives what a later version has added', async () => {
    const role = newRole();
    await ensureGrafanaReader(on.database, unexpected, role);
    await on.database.execute('CREATE VIEW grafana.later AS SELECT 1 AS one');
    await ensureGrafanaReader(on.database, unexpected, role);
    const [row] = await on.database.query(
      `SELECT has_table_privilege($1, 'grafana.later', 'SELECT') AS may`,
      [role],
    );
    expect(row).toEqual({ may: true });
    await on.database.execute('DROP VIEW grafana.later');
  });

  test('by several databases of the server at once', async () => {
    const role = newRole();
    const other = await testDatabase();
    try {
      await Promise.all(
        [on, other].map(({ database }) => ensureGrafanaReader(database, unexpected, role)),
      );
      const may = `SELECT has_table_privilege($1, 'grafana.gaps', 'SELECT') AS may`;
      expect(await on.database.query(may, [role])).toEqual([{ may: true }]);
      expect(await other.database.query(may, [role])).toEqual([{ may: true }]);
    } finally {
      await other.drop();
    }
  });

  test('says what to run where it may not, and what it says is right', async () => {
    const [owner, role] = [newRole(), newRole()];
    await on.database.execute(`CREATE ROLE ${owner} LOGIN PASSWORD '${password}'`);
    const owned = as(owner);
    const lines: string[] = [];
    await ensureGrafanaReader(owned, (line) => lines.push(line), role);
    await owned.close();
    expect(lines).toEqual([expect.stringContaining(`CREATE ROLE ${role} LOGIN`)]);
    await on.database.execute(lines[0]!.slice(lines[0]!.indexOf('CREATE ROLE')));
    await ensureGrafanaReader(on.database, unexpected, role);
    const [row] = await on.database.query(
      `SELECT has_table_privilege($1, 'grafana.gaps', 'SELECT') AS may`,
      [role],
    );
    expect(row).toEqual({ may: true });
  });
});
