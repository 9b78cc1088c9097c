import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { relayOutbox, streams, type OutgoingRecord, type Running } from '@envigate/event-log';
import { outboxReaderContract } from '@envigate/event-log/contract-suite';
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

outboxReaderContract('PostgreSQL', async () => {
  const own = await testDatabase();
  return {
    write: (records) => own.database.transaction((tx) => insertOutbox(tx, records)),
    reader: (leaseSeconds) => outboxReader(own.database, streams.gaps, leaseSeconds),
    close: () => own.drop(),
  };
});

test('reading never passes over a record whose transaction commits late', async () => {
  const reader = await claimed();
  await db.database.transaction(async (tx) => {
    await insertOutbox(tx, [event('slow', 'S2')]);
    await write('quick');
    expect(idsOf(await reader.read(0, 10))).toEqual(['1 quick']);
  });
  expect(idsOf(await reader.read(1, 10))).toEqual(['2 slow']);
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
