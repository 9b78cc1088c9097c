import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { silentLogger } from '@envigate/runtime';
import { Database } from './database.ts';
import { DatabaseError, statement } from './session.ts';

let fixture: TestDatabase;
let database: Database;

beforeAll(async () => {
  fixture = await testDatabase();
  database = fixture.database;
  await database.execute('CREATE TABLE things (id integer PRIMARY KEY, name text)');
});
afterAll(() => fixture.drop());

const open = (changes: Partial<ConstructorParameters<typeof Database>[0]> = {}): Database =>
  new Database({ url: fixture.url, poolSize: 2, logger: silentLogger(), ...changes });

const failure = async (work: Promise<unknown>): Promise<DatabaseError> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(DatabaseError);
      return error as DatabaseError;
    },
  );

describe('values', () => {
  test('bigint comes as a number, also in arrays; beyond 2^53 it is an error', async () => {
    const rows = await database.query(
      `SELECT count(*) AS counted, ARRAY[1, NULL, 9007199254740991]::bigint[] AS many`,
    );
    expect(rows).toEqual([{ counted: 1, many: [1, null, Number.MAX_SAFE_INTEGER] }]);
    await expect(database.query('SELECT 9007199254740993::bigint AS large')).rejects.toThrow(
      'bigint 9007199254740993 is beyond 2^53',
    );
    // The connection is whole after that.
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('instants and bytes arrive as they were sent', async () => {
    const instant = new Date('2026-03-08T17:00:00.123Z');
    const bytes = Buffer.from([0, 255, 39, 92]);
    expect(
      await database.query('SELECT $1::timestamptz AS instant, $2::bytea AS bytes', [
        instant,
        bytes,
      ]),
    ).toEqual([{ instant, bytes }]);
  });

  test('times are computed in UTC, whatever the server is set to', async () => {
    expect(
      await database.query(`SELECT date_trunc('day', timestamptz '2026-03-08 20:00+07') AS day`),
    ).toEqual([{ day: new Date('2026-03-08T00:00:00Z') }]);
  });

  test('execute reports how many rows it changed', async () => {
    const insert = statement(
      'test-insert',
      'INSERT INTO things SELECT * FROM unnest($1::int[], $2::text[])',
    );
    expect(
      await database.execute(insert, [
        [1, 2],
        ['a', 'b'],
      ]),
    ).toBe(2);
    expect(await database.execute(insert, [[3], ['c']])).toBe(1);
    expect(await database.execute('DELETE FROM things')).toBe(3);
  });
});

describe('transaction', () => {
  test('commits what work did, or nothing of it', async () => {
    await database.transaction((tx) => tx.execute(`INSERT INTO things VALUES (10, 'kept')`));
    await expect(
      database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO things VALUES (11, 'gone')`);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await database.query('SELECT id FROM things ORDER BY id')).toEqual([{ id: 10 }]);
  });

  test('rejects where a failed statement was swallowed and the server rolls back', async () => {
    const lost = database.transaction(async (tx) => {
      await tx.execute(`INSERT INTO things VALUES (12, 'lost')`);
      await tx.query('SELECT 1/0').catch(() => undefined);
    });
    expect((await failure(lost)).code).toBe('25P02');
    expect(await database.query('SELECT id FROM things WHERE id = 12')).toEqual([]);
  });

  test('its session cannot be used after its end', async () => {
    let leaked: { query: (sql: string) => Promise<unknown> } | undefined;
    await database.transaction(async (tx) => void (leaked = tx));
    await expect(leaked!.query('SELECT 1')).rejects.toThrow('an await is missing');
  });
});

describe('errors', () => {
  test('a refused statement is not worth a repetition', async () => {
    await database.execute(`INSERT INTO things VALUES (20, 'first')`);
    const error = await failure(database.execute(`INSERT INTO things VALUES (20, 'second')`));
    expect(error).toMatchObject({ code: '23505', retryable: false, connectionLost: false });
    expect(error.message).toContain('Key (id)=(20) already exists');
  });

  test('a statement that takes too long is ended', async () => {
    const impatient = open({ statementTimeoutMs: 50 });
    const error = await failure(impatient.query('SELECT pg_sleep(30)'));
    expect(error).toMatchObject({ code: '57014', retryable: true, connectionLost: false });
    await impatient.close();
  });

  test('a statement that waits too long for a lock is ended', async () => {
    const impatient = open({ lockTimeoutMs: 50 });
    await database.transaction(async (tx) => {
      await tx.execute('LOCK TABLE things');
      const error = await failure(impatient.execute('DELETE FROM things'));
      expect(error).toMatchObject({ code: '55P03', retryable: true });
    });
    await impatient.close();
  });

  test('a deadlock is worth a repetition', async () => {
    await database.execute(`INSERT INTO things VALUES (30, 'x'), (31, 'y') ON CONFLICT DO NOTHING`);
    const both = open({ lockTimeoutMs: 30_000 });
    let arrived = 0;
    let proceed: () => void = () => undefined;
    const bothHoldOne = new Promise<void>((resolve) => (proceed = resolve));
    const cross = (first: number, second: number) =>
      both.transaction(async (tx) => {
        await tx.execute('UPDATE things SET name = name WHERE id = $1', [first]);
        if (++arrived === 2) proceed();
        await bothHoldOne;
        await tx.execute('UPDATE things SET name = name WHERE id = $1', [second]);
      });
    const outcomes = await Promise.allSettled([cross(30, 31), cross(31, 30)]);
    const failed = outcomes.filter((each) => each.status === 'rejected');
    expect(failed).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: '40P01', retryable: true }) },
    ]);
    await both.close();
  });

  test('a server that is not there is worth a repetition', async () => {
    const nowhere = open({ url: 'postgres://user:secret@127.0.0.1:1/none' });
    const error = await failure(nowhere.check());
    expect(error).toMatchObject({ code: 'ECONNREFUSED', retryable: true, connectionLost: true });
    await nowhere.close();
  });

  test('a wrong password is not', async () => {
    const url = new URL(fixture.url);
    url.password = 'wrong';
    const stranger = open({ url: url.href });
    const error = await failure(stranger.check());
    expect(error).toMatchObject({ code: '28P01', retryable: false });
    await stranger.close();
  });

  test('an invalid URL is refused without showing what it holds', () => {
    expect(() => open({ url: 'user:secret@host/name' })).toThrow(
      /^the database URL must look like/,
    );
    expect(() => open({ url: 'mysql://user:secret@host/name' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
  });

  test('after close every call fails', async () => {
    const closed = open();
    await closed.check();
    await closed.close();
    await closed.close();
    expect(await failure(closed.check())).toMatchObject({ code: 'closed', retryable: false });
  });
});

describe('a killed backend', () => {
  test('in the middle of a statement fails that statement only', async () => {
    const sleeping = database.query('SELECT pg_sleep(60)');
    const seen = failure(sleeping);
    await eventually(async () => {
      const [row] = await database.query<{ killed: boolean }>(
        `SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(60)%'`,
      );
      expect(row?.killed).toBe(true);
    });
    expect(await seen).toMatchObject({ retryable: true, connectionLost: true });
    await database.check();
  });

  test('in the middle of a transaction loses the transaction and nothing else', async () => {
    const lost = database.transaction(async (tx) => {
      await tx.execute(`INSERT INTO things VALUES (40, 'lost')`);
      await fixture.killBackends();
      await tx.execute(`INSERT INTO things VALUES (41, 'lost')`);
    });
    expect(await failure(lost)).toMatchObject({ retryable: true, connectionLost: true });
    expect(await database.query('SELECT id FROM things WHERE id IN (40, 41)')).toEqual([]);
  });

  test('idle in the pool harms nobody: the process lives and the next call has a connection', async () => {
    const other = open({ poolSize: 3 });
    await Promise.all([other.check(), other.check(), other.check()]);
    expect(await fixture.killBackends()).toBeGreaterThanOrEqual(3);
    // The pool hears of it in its own time; a call that comes first may still fail, once for each connection.
    await eventually(() => Promise.all([other.check(), other.check(), other.check()]), {
      timeoutMs: 5_000,
      everyMs: 10,
    });
    await other.close();
  });

  test('checked out but idle, inside a transaction, does not end the process either', async () => {
    const waiting = database.transaction(async (tx) => {
      await tx.execute('SELECT 1');
      await fixture.killBackends();
      // Long enough for the socket's end to arrive while no statement is under way.
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    expect(await failure(waiting)).toMatchObject({ retryable: true });
    await database.check();
  });
});

describe('listen', () => {
  test('hears what is sent, and goes on after its connection was killed', async () => {
    const listener = open();
    const heard: string[] = [];
    const end = listener.listen('Chuông "1"', (payload) => heard.push(payload ?? 'look yourself'));
    await eventually(() => expect(heard).toEqual(['look yourself']));
    await database.query('SELECT pg_notify($1, $2)', ['Chuông "1"', 'một']);
    await eventually(() => expect(heard).toEqual(['look yourself', 'một']));
    await fixture.killBackends();
    // Notified that it may have missed something, so that it looks for itself.
    await eventually(() => expect(heard).toEqual(['look yourself', 'một', 'look yourself']));
    await eventually(() => database.query('SELECT pg_notify($1, $2)', ['Chuông "1"', 'hai']));
    await eventually(() => expect(heard).toContain('hai'));
    end();
    await listener.close();
  });

  test('several channels and listeners share a connection', async () => {
    const listener = open();
    const heard: string[] = [];
    const hear = (name: string) => (payload: string | undefined) => {
      if (payload !== undefined) heard.push(`${name} ${payload}`);
    };
    listener.listen('channel a', hear('a1'));
    const end = listener.listen('channel a', hear('a2'));
    await eventually(async () => {
      await database.query(`SELECT pg_notify('channel a', 'x')`);
      expect(heard).toContain('a2 x');
    });
    listener.listen('channel b', hear('b'));
    end();
    heard.length = 0;
    await eventually(async () => {
      await database.query(`SELECT pg_notify('channel a', 'y'), pg_notify('channel b', 'z')`);
      expect(heard).toEqual(expect.arrayContaining(['a1 y', 'b z']));
    });
    expect(heard.some((line) => line.startsWith('a2'))).toBe(false);
    await listener.close();
  });
});

describe('advisoryLock', () => {
  test('is held by one at a time, and free again after release', async () => {
    const other = open();
    const lock = await database.advisoryLock('gap check');
    expect(lock).toBeDefined();
    expect(await other.advisoryLock('gap check')).toBeUndefined();
    const different = await other.advisoryLock('another');
    expect(different).toBeDefined();
    await lock!.release();
    const again = await other.advisoryLock('gap check');
    expect(again).toBeDefined();
    await again!.release();
    await different!.release();
    await other.close();
  });

  test('reports its holder when it is gone', async () => {
    const lock = await database.advisoryLock('gap check');
    expect(lock!.lost.aborted).toBe(false);
    await fixture.killBackends();
    await eventually(() => expect(lock!.lost.aborted).toBe(true));
    await lock!.release();
  });
});
