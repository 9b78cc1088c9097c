import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { streams, type EventLog, type Feed, type OutgoingRecord } from '@envigate/event-log';
import { silentLogger } from '@envigate/runtime';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { Database } from '../connection/database.ts';
import type { Sql } from '../connection/session.ts';
import { createPostgresEventLog } from './postgres-event-log.ts';

jest.setTimeout(60_000);

/** Counts the records that are read from the table. */
class CountingDatabase extends Database {
  recordsRead = 0;

  override async query<Row extends object>(sql: Sql, params?: readonly unknown[]) {
    const rows = await super.query<Row>(sql, params);
    if (typeof sql !== 'string' && sql.name === 'event-log-read-records')
      this.recordsRead += rows.length;
    return rows;
  }
}

let fixture: TestDatabase;
let databases: CountingDatabase[];
let logs: EventLog[];

beforeEach(async () => {
  fixture = await testDatabase();
  // As two processes have them.
  databases = [1, 2].map(
    () => new CountingDatabase({ url: fixture.url, poolSize: 4, logger: silentLogger() }),
  );
  logs = databases.map((database) =>
    createPostgresEventLog({
      ...{ database, partitions: 1, maxBatchRecords: 50, retentionHours: 24 },
      logger: silentLogger(),
    }),
  );
  await logs[0]!.prepare();
});
afterEach(async () => {
  await Promise.all(logs.map((log) => log.close()));
  await Promise.all(databases.map((database) => database.close()));
  await fixture.drop();
});

/** What a group reads, in its order; from its beginning on. */
async function readIn(log: EventLog): Promise<string[]> {
  const seen: string[] = [];
  await log.pipe({
    ...{ group: 'reader', from: streams.files, poison: () => [] },
    transform: (records) => (seen.push(...records.map(({ id }) => id)), []),
  });
  await publish(await log.openFeed('begun'), ['first']);
  await eventually(() => expect(seen).toEqual(['first']));
  return seen;
}

async function publish(feed: Feed, ids: readonly string[]): Promise<void> {
  const records = ids.map((id): OutgoingRecord => ({
    stream: streams.files,
    key: 'k',
    id,
    value: Buffer.from(id),
  }));
  await feed.append(records, feed.position + records.length);
}

const numbers = Array.from({ length: 300 }, (_, i) => String(i));

test('a process does not read back from the table what it appended itself', async () => {
  const seen = await readIn(logs[0]!);
  const before = databases[0]!.recordsRead;
  const feed = await logs[0]!.openFeed('own');
  for (const id of numbers) await publish(feed, [id]);
  await eventually(() => expect(seen).toEqual(['first', ...numbers]));
  expect(databases[0]!.recordsRead).toBe(before);
});

test('what other processes append in between is read in its place', async () => {
  const seen = await readIn(logs[0]!);
  const feeds = await Promise.all(logs.map((log, i) => log.openFeed(`feed ${i}`)));
  for (const id of numbers) await publish(feeds[Number(id) % 7 === 0 ? 1 : 0]!, [id]);
  await eventually(() => expect(seen).toEqual(['first', ...numbers]));
  expect(databases[0]!.recordsRead).toBeGreaterThanOrEqual(numbers.length / 7);
});
