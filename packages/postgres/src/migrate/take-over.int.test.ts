import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { TestDatabase } from '@envigate/test-support';
import type { Database } from '../connection/database.ts';
import { migrate } from './migrate.ts';
import { DatabaseError, type Session } from '../connection/session.ts';
import { countPiece, spoolBegin } from '../audit/account-spools.ts';
import { verifyLedger } from '../audit/verify-chain.ts';
import { NoRoomError, findRoomOfServer } from './enter-file-keys.ts';
import { monthlyTables } from '../months/make-months.ts';
import { fileIdOf, oldInstallation, oldTables } from './testing/old-installation.ts';

/** `make test-long` takes over a million. */
const receptions = Number(process.env['ENVIGATE_TEST_OLD_RECEPTIONS'] ?? 20_000);
jest.setTimeout(60_000 + receptions * 3);

let old: TestDatabase | undefined;
afterEach(async () => {
  await old?.drop();
  old = undefined;
});

/** Every row of a table, whatever partition has it. */
async function digests(database: Database): Promise<Record<string, string>> {
  const session = database.withLimits({ poolSize: 1, statementTimeoutMs: 0 });
  const digest: Record<string, string> = {};
  for (const [table, order] of Object.entries(oldTables)) {
    const [row] = await session.query<{ digest: string }>(
      `SELECT count(*) || ' ' || md5(string_agg(md5(t::text), '' ORDER BY ${order})) AS digest FROM ${table} t`,
    );
    digest[table] = row!.digest;
  }
  await session.close();
  return digest;
}

const kindOf = async (session: Session, table: string): Promise<string> => {
  const [row] = await session.query<{ kind: string }>(
    'SELECT relkind::text AS kind FROM pg_class WHERE oid = $1::regclass',
    [table],
  );
  return row!.kind;
};

const ordinary = 'r';
const partitioned = 'p';

describe('an installation whose tables have no months', () => {
  test('is taken over with every row as it was, killed on the way at three places', async () => {
    old = await oldInstallation(receptions);
    const { database, killBackends } = old;
    const before = await digests(database);
    const pieceFiles = Math.ceil(receptions / 10);
    const lines: string[] = [];

    /** Ends every connection to the database with the nth line of progress. */
    const killedAt = async (line: number): Promise<void> => {
      let killing: Promise<unknown> | undefined;
      const attempt = migrate(
        database,
        (text) => {
          if (lines.push(text) === line) killing = killBackends();
        },
        { pieceFiles },
      );
      await expect(attempt).rejects.toMatchObject({ retryable: true });
      await killing;
      await reconnected(database);
      expect(await kindOf(database, 'files')).toBe(ordinary);
      expect(await digests(database)).toEqual(before);
    };
    await killedAt(2);
    await killedAt(5);

    // In the transaction that puts the months in: it waits for this lock when all else before it is done.
    const reader = await database.connectDedicated();
    await reader.session.execute('BEGIN; LOCK TABLE delivery_decisions IN ACCESS SHARE MODE');
    const attempt = migrate(database, (text) => lines.push(text), { pieceFiles });
    const outcome = expect(attempt).rejects.toMatchObject({ retryable: true });
    await untilSomebodyWaits(reader.session);
    await killBackends();
    await outcome;
    await reader.close();
    await reconnected(database);
    expect(await kindOf(database, 'files')).toBe(ordinary);
    expect(await digests(database)).toEqual(before);

    expect(await migrate(database)).toContain('0027_months.sql');
    expect(await digests(database)).toEqual(before);
    for (const { table } of monthlyTables) expect(await kindOf(database, table)).toBe(partitioned);

    // Each attempt went on where the one before was interrupted.
    const entered = lines.flatMap((line) => /: (\d+) \//.exec(line)?.[1] ?? []).map(Number);
    expect(entered).toEqual(entered.toSorted((a, b) => a - b));
    expect(new Set(entered).size).toBe(entered.length);

    expect(await verifyLedger(database)).toEqual({ chains: 1, receptions, faults: [] });
    const { place, faults } = await countPiece(
      database,
      'spool',
      spoolBegin,
      receptions,
      receptions,
    );
    expect({ missing: place.missing, faults }).toEqual({ missing: [], faults: [] });
    const { stored, duplicate, quarantined } = place.counts;
    expect(stored + duplicate + quarantined).toBe(receptions);
    const [keys] = await database.query(
      `SELECT count(*)::int AS keys, count(*) FILTER (WHERE files.file_id = file_keys.file_id)::int AS right
       FROM file_keys FULL JOIN files USING (file_no)`,
    );
    expect(keys).toEqual({ keys: receptions * 0.9, right: receptions * 0.9 });
  });

  test('goes on: numbers continue, known files are known, what reads the tables reads all of them', async () => {
    old = await oldInstallation(2_000);
    const { database } = old;
    await database.execute('GRANT SELECT ON readings, assessed_readings TO PUBLIC');
    const count = `SELECT count(*)::int AS n FROM assessed_readings`;
    const before = await database.query(count);
    await migrate(database);
    expect(await database.query(count)).toEqual(before);

    const [known] = await database.query(
      `SELECT file_no::int AS "fileNo" FROM file_keys WHERE file_id = decode($1, 'hex')`,
      [fileIdOf(0)],
    );
    expect(known).toEqual({ fileNo: 1 });
    const [fresh] = await database.query<Record<'file' | 'quarantine' | 'delivery', number>>(
      `WITH key AS (INSERT INTO file_keys (file_id) VALUES ('new') RETURNING file_no),
            row AS (INSERT INTO quarantine (reception_id, file_no, account, scope, reason, expected, text)
                    VALUES ('r', 1, 'a', 'file', 'r', '', '') RETURNING quarantine_id),
            due AS (INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload)
                    VALUES ('t', 1, 1, '2087-01-01Z', now(), 'n', '') RETURNING delivery_id)
       SELECT file_no % (2^36)::bigint AS file, quarantine_id % (2^36)::bigint AS quarantine,
              delivery_id AS delivery FROM key, row, due`,
    );
    const [last] = await database.query<Record<'quarantine' | 'delivery', number>>(
      `SELECT (SELECT count(*) FROM quarantine) AS quarantine, max(delivery_id) AS delivery FROM deliveries`,
    );
    expect(fresh).toEqual({ file: 1_801, quarantine: last!.quarantine, delivery: last!.delivery });
    const [granted] = await database.query(
      `SELECT has_table_privilege('public', 'readings', 'SELECT') AS readings,
              has_table_privilege('public', 'assessed_readings', 'SELECT') AS view`,
    );
    expect(granted).toEqual({ readings: true, view: true });
  });

  test('is left as it is where the disk has no room for the identities', async () => {
    old = await oldInstallation(2_000);
    const { database } = old;
    const room = (freeBytes: number) => ({
      findRoom: async () => ({ folder: '/var/lib/postgresql', freeBytes }),
    });
    const refused = migrate(database, () => undefined, room(100_000));
    await expect(refused).rejects.toThrow(NoRoomError);
    await expect(refused).rejects.toThrow(
      /1800 files need 0\.3 MiB, and \/var\/lib\/postgresql has 0\.1 MiB free/,
    );
    expect(await kindOf(database, 'files')).toBe(ordinary);
    expect(await database.query('SELECT FROM file_keys')).toEqual([]);
    expect(await migrate(database, () => undefined, room(1_000_000))).toContain('0027_months.sql');
  });

  test('is shown how much room is needed where the disk cannot be looked at', async () => {
    old = await oldInstallation(2_000);
    const lines: string[] = [];
    await migrate(old.database, (line) => lines.push(line), { findRoom: async () => undefined });
    expect(lines[0]).toContain('needs about 0.3 MiB free on the disk of the PostgreSQL server');
  });

  test('is refused, and named, where a view of somebody else reads a table', async () => {
    old = await oldInstallation(100);
    const { database } = old;
    await database.execute('CREATE VIEW of_the_office AS SELECT * FROM readings');
    await expect(migrate(database)).rejects.toThrow('of_the_office');
    expect(await kindOf(database, 'readings')).toBe(ordinary);
    await database.execute('DROP VIEW of_the_office');
    expect(await migrate(database)).toContain('0027_months.sql');
  });
});

/** The pool may still hold connections that were killed. */
async function reconnected(database: Database): Promise<void> {
  while (
    !(await database.check().then(
      () => true,
      () => false,
    ))
  )
    continue;
}

async function untilSomebodyWaits(session: Session): Promise<void> {
  for (;;) {
    const [row] = await session.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted
                        AND relation = 'delivery_decisions'::regclass) AS waiting`,
    );
    if (row!.waiting) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the room of a server', () => {
  const identifier = '7564812345678901234';
  const server = (folder: string, answer = identifier): Session => ({
    query: async () => [{ folder, identifier: answer }] as never,
    execute: () => Promise.reject(new Error('nothing is changed')),
  });

  test('is known where its control file is seen on this machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'envigate-'));
    try {
      await mkdir(join(folder, 'global'));
      const control = Buffer.alloc(8_192);
      control.writeBigUInt64LE(BigInt(identifier));
      await writeFile(join(folder, 'global', 'pg_control'), control);
      const room = await findRoomOfServer(server(folder));
      expect(room?.folder).toBe(folder);
      expect(room?.freeBytes).toBeGreaterThan(0);
      expect(await findRoomOfServer(server(folder, '1'))).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is not known where its folder is on another machine, or hidden', async () => {
    expect(await findRoomOfServer(server('/nowhere'))).toBeUndefined();
    const fields = { code: '42501', retryable: false, connectionLost: false };
    const hidden: Session = {
      query: () => Promise.reject(new DatabaseError('permission denied', fields)),
      execute: () => Promise.reject(new Error('nothing is changed')),
    };
    expect(await findRoomOfServer(hidden)).toBeUndefined();
  });
});
