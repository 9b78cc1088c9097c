import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { relayOutbox, streams, type OutgoingRecord, type Running } from '@envigate/event-log';
import { silentLogger } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { createPostgresEventLog } from '../event-log/postgres-event-log.ts';
import { insertOutbox, outboxReader } from './outbox.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});
afterEach(() => db.drop());

const event = (id: string, key = 'S1'): OutgoingRecord => ({
  stream: streams.gaps,
  key,
  id,
  value: Buffer.from(`value of ${id}`),
});

const write = (...ids: readonly string[]): Promise<void> =>
  db.database.transaction((tx) =>
    insertOutbox(
      tx,
      ids.map((id) => event(id)),
    ),
  );

async function claimed() {
  const reader = outboxReader(db.database, streams.gaps);
  expect(await reader.claim()).toBe(true);
  return reader;
}

const idsOf = (records: readonly { sequence: number; record: OutgoingRecord }[]) =>
  records.map(({ sequence, record }) => `${sequence} ${record.id}`);

describe('reading', () => {
  test('numbers records in the order they were written, each once', async () => {
    await write('a', 'b');
    const reader = await claimed();
    expect(idsOf(await reader.read(0, 10))).toEqual(['1 a', '2 b']);
    await write('c');
    expect(idsOf(await reader.read(0, 10))).toEqual(['1 a', '2 b', '3 c']);
    expect(idsOf(await reader.read(2, 10))).toEqual(['3 c']);
    const [first] = await reader.read(0, 1);
    expect(first?.record).toEqual(event('a'));
  });

  test('never passes over a record whose transaction commits late', async () => {
    const reader = await claimed();
    await db.database.transaction(async (tx) => {
      await insertOutbox(tx, [event('slow', 'S2')]);
      await write('quick');
      expect(idsOf(await reader.read(0, 10))).toEqual(['1 quick']);
    });
    expect(idsOf(await reader.read(1, 10))).toEqual(['2 slow']);
  });

  test('goes on above what was forgotten, and above a feed that is ahead of the database', async () => {
    await write('a', 'b');
    const reader = await claimed();
    await reader.read(0, 10);
    await reader.forget(2);
    await write('c');
    expect(idsOf(await reader.read(0, 10))).toEqual(['3 c']);
    await write('d');
    expect(idsOf(await reader.read(100, 10))).toEqual(['101 d']);
  });

  test('by two at once gives every record one number', async () => {
    const readers = [await claimed(), outboxReader(db.database, streams.gaps)];
    for (let round = 0; round < 10; round++) {
      await write(...Array.from({ length: 20 }, (_, i) => `${round}-${i}`));
      await Promise.all(readers.map((reader) => reader.read(0, 1000)));
    }
    const records = await readers[0]!.read(0, 1000);
    expect(records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
    expect(records[199]?.record.id).toBe('9-19');
  });
});

test('one instance holds the claim until it releases it or its lease runs out', async () => {
  const first = outboxReader(db.database, streams.gaps);
  const second = outboxReader(db.database, streams.gaps);
  expect([await first.claim(), await second.claim(), await first.claim()]).toEqual([
    true,
    false,
    true,
  ]);
  await second.release();
  expect(await second.claim()).toBe(false);
  await first.release();
  expect(await second.claim()).toBe(true);
  const impatient = outboxReader(db.database, streams.gaps, 0);
  await second.release();
  expect(await impatient.claim()).toBe(true);
  expect(await first.claim()).toBe(true);
});

test('two relays publish each event once and in order, while connections are killed', async () => {
  const open = () =>
    createPostgresEventLog({
      ...{ database: db.database, partitions: 2, maxBatchRecords: 100, retentionHours: 24 },
      logger: silentLogger(),
    });
  const logs = [open(), open()];
  await patiently(() => logs[0]!.prepare());
  const relays = logs.map((log): Running =>
    relayOutbox({
      ...{
        log,
        feed: 'outbox:test',
        maxBatchRecords: 7,
        idleMs: 5,
        firstRetryMs: 5,
        maxRetryMs: 20,
      },
      // Leases of no time: both relay whenever they can, and fence each other.
      outbox: outboxReader(db.database, streams.gaps, 0),
    }),
  );
  const ids = Array.from({ length: 300 }, (_, i) => String(i));
  for (let i = 0; i < ids.length; i += 10) {
    await patiently(() => write(...ids.slice(i, i + 10)), `${i}`);
    if (i % 50 === 0) await db.killBackends();
  }
  await patiently(async () => {
    const [row] = await db.database.query<{ left: number }>('SELECT count(*) AS left FROM outbox');
    if (row!.left > 0) throw new Error('not all relayed yet');
  });
  await Promise.all(relays.map((relay) => relay.stop()));
  const published: string[] = [];
  for await (const record of logs[0]!.scan(streams.gaps, [0, 0])) published.push(record.id);
  expect(published).toEqual(ids);
  await Promise.all(logs.map((log) => log.close()));
});

/** Again until it succeeds. With an id: a commit whose answer was lost is not repeated. */
async function patiently(work: () => Promise<void>, id?: string): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (id !== undefined && (error as { code?: string }).code === '23505') return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
