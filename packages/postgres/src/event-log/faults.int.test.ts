import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  isRetryable,
  streams,
  type EventLog,
  type OutgoingRecord,
  type PipeOptions,
} from '@envigate/event-log';
import { publish } from '@envigate/event-log/contract-suite';
import { silentLogger } from '@envigate/runtime';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { Database } from '../connection/database.ts';
import { DatabaseError, type Sql } from '../connection/session.ts';
import { migrate } from '../migrate/migrate.ts';
import { createPostgresEventLog } from './postgres-event-log.ts';

jest.setTimeout(60_000);

let fixture: TestDatabase;
let database: Database;
let log: EventLog;

beforeEach(async () => {
  fixture = await testDatabase();
  ({ database } = fixture);
  log = open();
  await log.prepare();
});
afterEach(async () => {
  await log.close();
  await fixture.drop();
});

const open = (options: { database?: Database; maxBatchRecords?: number } = {}): EventLog =>
  createPostgresEventLog({
    database,
    partitions: 4,
    maxBatchRecords: 50,
    retentionHours: 24,
    logger: silentLogger(),
    ...options,
  });

const file = (number: number): OutgoingRecord => ({
  stream: streams.files,
  key: `k${number % 5}`,
  id: `r${number}`,
  value: Buffer.from(String(number)),
});
const files = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => file(first + index));

const copying: Pick<PipeOptions, 'from' | 'transform' | 'poison'> = {
  from: streams.files,
  transform: (records) =>
    records.map(({ key, id, value }) => ({ stream: streams.readings, key, id, value })),
  poison: () => [],
};

async function idsByKey(stream: OutgoingRecord['stream']): Promise<Record<string, string[]>> {
  const byKey: Record<string, string[]> = {};
  for await (const { key, id } of log.scan(stream, [])) (byKey[key] ??= []).push(id);
  return byKey;
}

const expectedByKey = (count: number): Record<string, string[]> =>
  files(count).reduce<Record<string, string[]>>((byKey, { key, id }) => {
    (byKey[key] ??= []).push(id);
    return byKey;
  }, {});

/**
 * Ends all connections again and again while `work` runs, as a server that is restarted does;
 * each time at some moment after the work has got further.
 */
async function whileKilling(progress: () => number, work: () => Promise<void>): Promise<number> {
  let running = true;
  let kills = 0;
  const killing = (async () => {
    for (let reached = progress(); running; reached = progress()) {
      while (running && progress() === reached) await delay(5);
      await delay(Math.random() * 40);
      kills += await fixture.killBackends();
    }
  })();
  await work().finally(() => (running = false));
  await killing;
  return kills;
}

describe('a server that ends connections again and again', () => {
  test('costs a feed nothing: each append happens once, whatever its caller heard', async () => {
    const feed = await log.openFeed('spool');
    const kills = await whileKilling(
      () => feed.position,
      async () => {
        for (let position = 0; position < 900; position += 3) {
          await feed.append(files(3, position), position + 3);
        }
      },
    );
    expect(kills).toBeGreaterThan(3);
    expect(await eventually(() => idsByKey(streams.files))).toEqual(expectedByKey(900));
  });

  test('costs a pipe nothing: every output once, in order', async () => {
    await publish(log, files(2_000));
    let batches = 0;
    const reported: string[] = [];
    const running = await log.pipe({
      ...copying,
      group: 'normaliser',
      maxBatchRecords: 5,
      onCommitted: (records) => reported.push(...records.map(({ id }) => id)),
      transform(records) {
        batches += 1;
        return copying.transform(records);
      },
    });
    const kills = await whileKilling(
      () => batches,
      () => eventually(() => expect(batches).toBeGreaterThan(100)),
    );
    expect(kills).toBeGreaterThan(3);
    await eventually(async () =>
      expect(await idsByKey(streams.readings)).toEqual(expectedByKey(2_000)),
    );
    await running.stop();
    expect(await idsByKey(streams.readings)).toEqual(expectedByKey(2_000));
    expect(reported).toHaveLength(2_000);
    expect(new Set(reported).size).toBe(2_000);
  });
});

describe('a commit whose answer is lost on the way', () => {
  /** Publishes as asked; the caller of every second publication hears of a lost connection instead. */
  class DeafDatabase extends Database {
    lost = 0;
    #publications = 0;

    override async query<Row extends object>(sql: Sql, params?: readonly unknown[]) {
      const rows = await super.query<Row>(sql, params);
      const isPublication = typeof sql !== 'string' && sql.name === 'event-log-publish-and-move';
      if (!isPublication || ++this.#publications % 2 === 0) return rows;
      this.lost += 1;
      const fields = { code: 'ECONNRESET', retryable: true, connectionLost: true };
      throw new DatabaseError('the answer was lost', fields);
    }
  }

  let deaf: DeafDatabase;
  let other: EventLog;
  beforeEach(() => {
    deaf = new DeafDatabase({ url: fixture.url, poolSize: 4, logger: silentLogger() });
    other = open({ database: deaf });
  });
  afterEach(async () => {
    await other.close();
    await deaf.close();
  });

  test('is found out by a feed', async () => {
    const feed = await other.openFeed('spool');
    for (let position = 0; position < 30; position += 3) {
      await feed.append(files(3, position), position + 3);
    }
    expect(deaf.lost).toBeGreaterThan(3);
    expect(await idsByKey(streams.files)).toEqual(expectedByKey(30));
  });

  test('is found out by a pipe', async () => {
    await publish(log, files(60));
    const reported: string[] = [];
    const running = await other.pipe({
      ...copying,
      group: 'normaliser',
      maxBatchRecords: 4,
      onCommitted: (records) => reported.push(...records.map(({ id }) => id)),
    });
    const ids = files(60).map(({ id }) => id);
    await eventually(() => expect(reported.toSorted()).toEqual(ids.toSorted()));
    await running.stop();
    expect(deaf.lost).toBeGreaterThan(3);
    expect(await idsByKey(streams.readings)).toEqual(expectedByKey(60));
    expect(reported).toHaveLength(60);
  });
});

describe('a log that is not prepared', () => {
  beforeEach(async () => {
    await database.execute('DROP SCHEMA event_log CASCADE');
  });

  const createTables = async (): Promise<void> => {
    await database.execute(
      `DELETE FROM schema_migrations WHERE name ~ '_(event_log|log_identity)[.]sql$'`,
    );
    await migrate(database);
  };

  test('says so, and that it will pass', async () => {
    const other = open();
    const error: unknown = await other.openFeed('spool').catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(`run 'envigate migrate' once`);
    expect(isRetryable(error)).toBe(true);
    await createTables();
    const feed = await other.openFeed('spool');
    const appended = feed.append([file(0)], 1); // waits for the streams too
    await other.prepare();
    await appended;
    await other.close();
  });

  test('is waited for by a pipe that was started before', async () => {
    const other = open();
    const seen: string[] = [];
    await other.pipe({
      group: 'normaliser',
      from: streams.files,
      transform: (records) => (seen.push(...records.map(({ id }) => id)), []),
      poison: () => [],
    });
    await createTables();
    await other.prepare();
    await publish(other, [file(0)]);
    await eventually(() => expect(seen).toEqual(['r0']));
    await other.close();
  });
});

describe('limits', () => {
  test('a record that PostgreSQL cannot store is refused, and its call with it', async () => {
    const bad = { ...file(1), id: 'r\0' };
    await expect(publish(log, [file(0), bad])).rejects.toMatchObject({ code: 'record-refused' });
    expect(await idsByKey(streams.files)).toEqual({});
    await publish(log, [file(2)]);
    expect(await idsByKey(streams.files)).toEqual({ k2: ['r2'] });
  });

  test('an output that cannot be stored makes its record poison', async () => {
    await publish(log, files(3));
    const running = await log.pipe({
      group: 'normaliser',
      from: streams.files,
      transform: (records) =>
        records.map(({ key, id, value }) => ({
          stream: streams.readings,
          key: id === 'r1' ? 'k\0' : key,
          id,
          value,
        })),
      poison: ({ key, id, value }) => [{ stream: streams.quarantine, key, id, value }],
    });
    await eventually(async () => {
      expect(await idsByKey(streams.readings)).toEqual({ k0: ['r0'], k2: ['r2'] });
      expect(await idsByKey(streams.quarantine)).toEqual({ k1: ['r1'] });
    });
    await running.stop();
  });

  test('a position never moves back, nor records without it', async () => {
    const feed = await log.openFeed('spool');
    await feed.append([file(0)], 5);
    await expect(feed.append([], 4)).rejects.toThrow('a position moves forward only');
    await expect(feed.append([file(1)], 5)).rejects.toThrow('a position moves forward only');
    await feed.append([file(1)], 6);
    expect(await log.feedPosition('spool')).toBe(6);
  });
});
