import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { cancelWith, withoutCancellation, type Database } from './database.ts';

let fixture: TestDatabase;
let questions: Database;
beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.drop());
beforeEach(() => {
  questions = fixture.database.withLimits({
    ...{ applicationName: 'questions', poolSize: 3, statementTimeoutMs: 60_000 },
    waiting: { maxWaiting: 100, patienceMs: 60_000 },
  });
});
afterEach(() => questions.close());

const sleep = 'SELECT pg_sleep(50)';
const sleeping = async (): Promise<number> => {
  const [row] = await fixture.database.query<{ count: number }>(
    `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
     AND state = 'active' AND query = '${sleep}'`,
  );
  return row!.count;
};
const untilSleeping = (count: number) =>
  eventually(async () => expect(await sleeping()).toBe(count));
const processId = async (): Promise<number> =>
  (await questions.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]!.pid;

describe('a question whose asker leaves', () => {
  test('ends on the server too, and leaves room for the next', async () => {
    const before = await processId();
    const asker = new AbortController();
    const asked = cancelWith(asker.signal, () => questions.query(sleep));
    asked.catch(() => undefined);
    await untilSleeping(1);
    asker.abort();
    await expect(asked).rejects.toMatchObject({ code: '57014', retryable: true });
    await untilSleeping(0);
    // A cancellation that arrives late must not hit somebody else's question.
    expect(await processId()).not.toBe(before);
  });

  test('ends with all others, those that wait included', async () => {
    const asker = new AbortController();
    const asked = Array.from({ length: 40 }, () =>
      cancelWith(asker.signal, () => questions.query(sleep)),
    );
    const ended = Promise.allSettled(asked);
    await untilSleeping(3);
    asker.abort();
    expect(new Set((await ended).map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(await questions.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await untilSleeping(0);
  });

  test('does not begin where the asker has left already', async () => {
    const asked = cancelWith(AbortSignal.abort(), () => questions.query('SELECT 1'));
    await expect(asked).rejects.toMatchObject({ code: 'cancelled', retryable: true });
  });

  test('goes on where it is for others too', async () => {
    const asker = new AbortController();
    const shared = cancelWith(asker.signal, () =>
      withoutCancellation(() => questions.query('SELECT pg_sleep(0.3), 1 AS one')),
    );
    setTimeout(() => asker.abort(), 50);
    expect(await shared).toMatchObject([{ one: 1 }]);
  });
});

test('limits of its own hold for a pool, and its connections can be distinguished', async () => {
  const limited = questions.withLimits({ statementTimeoutMs: 100, applicationName: 'limited' });
  await expect(limited.query(sleep)).rejects.toMatchObject({ code: '57014' });
  expect(await limited.query(`SELECT current_setting('application_name') AS name`)).toEqual([
    { name: 'limited' },
  ]);
  await limited.close();
});
