import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { streams, type EventLog, type StreamName } from '@envigate/event-log';
import { publish } from '@envigate/event-log/contract-suite';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { createPostgresEventLog } from './postgres-event-log.ts';
import { forgetReader, listReaders, Trimmer } from './trimmer.ts';
import { events } from './telemetry.ts';

let fixture: TestDatabase;
let log: EventLog;
let trimmer: Trimmer;

beforeEach(async () => {
  fixture = await testDatabase();
  const { database } = fixture;
  const logger = silentLogger();
  log = createPostgresEventLog({
    database,
    partitions: 1,
    maxBatchRecords: 100,
    retentionHours: 24,
    logger,
  });
  await log.prepare();
  const emit = new Telemetry().emitter(events, logger);
  trimmer = new Trimmer({ database, retentionHours: 24, emit, logger });
});
afterEach(async () => {
  await log.close();
  await fixture.drop();
});

const append = (stream: StreamName, ...ids: string[]): Promise<void> =>
  publish(
    log,
    ids.map((id) => ({ stream, key: 'k', id, value: Buffer.from(id) })),
  );

const age = (ids: readonly string[], hours: number): Promise<number> =>
  fixture.database.execute(
    `UPDATE event_log.records SET appended_at = now() - make_interval(hours => $2)
     WHERE record_id = ANY($1)`,
    [ids, hours],
  );

async function kept(stream: StreamName): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of log.scan(stream, [0])) ids.push(id);
  return ids;
}

/** A pipe that takes everything that is there, and stops. */
async function consume(group: string, stream: StreamName): Promise<void> {
  let seen = 0;
  const running = await log.pipe({
    group,
    from: stream,
    transform: (records) => ((seen += records.length), []),
    poison: () => [],
  });
  await eventually(async () => {
    const [end] = await fixture.database.query<{ next_offset: number }>(
      'SELECT next_offset FROM event_log.partitions WHERE stream = $1',
      [stream],
    );
    expect(await log.groupPositions(group, stream)).toEqual([end?.next_offset]);
  });
  await running.stop();
  expect(seen).toBeGreaterThan(0);
}

describe('trimming', () => {
  test('removes what is old and was taken by every group; nothing younger', async () => {
    await append(streams.files, 'a', 'b', 'c', 'd');
    await consume('normaliser', streams.files);
    await age(['a', 'b'], 25);
    await age(['c'], 23);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['c', 'd']);
  });

  test('keeps what one of the groups has not taken, however old', async () => {
    await append(streams.files, 'a', 'b');
    await consume('slow', streams.files);
    await append(streams.files, 'c', 'd');
    await consume('normaliser', streams.files);
    await age(['a', 'b', 'c', 'd'], 1000);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['c', 'd']);
  });

  test('keeps what nobody has come to read yet', async () => {
    await append(streams.files, 'a');
    await age(['a'], 10_000);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['a']);
  });

  test('removes by age alone what is meant for others', async () => {
    await append(streams.receipts, 'a', 'b');
    await age(['a'], 25);
    await trimmer.trim();
    expect(await kept(streams.receipts)).toEqual(['b']);
  });

  test('a record from a time when the clock was ahead is as old as those behind it, or counts from now on', async () => {
    await append(streams.files, 'a', 'b', 'c');
    await append(streams.receipts, 'd');
    await consume('normaliser', streams.files);
    await age(['a', 'd'], -400 * 24);
    await age(['b'], 25);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['c']);
    expect(await kept(streams.receipts)).toEqual(['d']);
    const [future] = await fixture.database.query<{ count: number }>(
      'SELECT count(*) FROM event_log.records WHERE appended_at > now()',
    );
    expect(future?.count).toBe(0);
    await age(['d'], 25);
    await trimmer.trim();
    expect(await kept(streams.receipts)).toEqual([]);
  });

  test('waits for a drain: its sink was seen to hold what goes', async () => {
    await append(streams.files, 'a', 'b');
    let held = 1;
    const sink = {
      position: () => Promise.resolve(held),
      commit: () => Promise.reject(Object.assign(new Error('away'), { retryable: true })),
      reject: () => Promise.resolve(),
    };
    const first = await log.drain({ group: 'recorder', from: streams.files, sink });
    await eventually(async () => {
      const rows = await fixture.database.query(
        `SELECT position FROM event_log.positions WHERE consumer = 'drain:recorder'`,
      );
      expect(rows).toEqual([{ position: 1 }]);
    });
    await first.stop();
    await age(['a', 'b'], 25);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['b']);
    held = 2;
    const second = await log.drain({ group: 'recorder', from: streams.files, sink });
    await eventually(async () => {
      await trimmer.trim();
      expect(await kept(streams.files)).toEqual([]);
    });
    await second.stop();
  });

  test('waits for a reader that is gone until it is forgotten, and for it again where it comes back', async () => {
    const { database } = fixture;
    await append(streams.files, 'a', 'b');
    await consume('gone', streams.files);
    await append(streams.files, 'c', 'd');
    await consume('normaliser', streams.files);
    await age(['a', 'b', 'c', 'd'], 1000);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['c', 'd']);
    const stopped = { stream: streams.files, isRunning: false };
    expect(await listReaders(database)).toMatchObject([
      { consumer: 'pipe:gone', unread: 2, ...stopped },
      { consumer: 'pipe:normaliser', unread: 0, ...stopped },
    ]);

    await expect(forgetReader(database, 'pipe:lost', 0)).rejects.toThrow(
      "the event log has no reader 'pipe:lost'; known: pipe:gone, pipe:normaliser",
    );
    await expect(forgetReader(database, 'pipe:gone', 1)).rejects.toThrow(
      "'pipe:gone' has 2 records unread, which would be removed without it: start its service, or pass --unread 2",
    );
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['c', 'd']);

    expect(await forgetReader(database, 'pipe:gone', 2)).toMatchObject([{ unread: 2 }]);
    await append(streams.files, 'e');
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['e']);
    await consume('gone', streams.files);
    expect(await listReaders(database)).toMatchObject([
      { consumer: 'pipe:gone', unread: 0 },
      { consumer: 'pipe:normaliser', unread: 1 },
    ]);
  });

  test('does not forget a reader that runs', async () => {
    await append(streams.files, 'a');
    const pipe = {
      group: 'normaliser',
      from: streams.files,
      transform: () => [],
      poison: () => [],
    };
    const running = await log.pipe(pipe);
    await eventually(async () => {
      expect(await listReaders(fixture.database)).toMatchObject([{ isRunning: true, unread: 0 }]);
    });
    await expect(forgetReader(fixture.database, 'pipe:normaliser', 0)).rejects.toThrow(
      `'pipe:normaliser' reads ${streams.files} now: stop its service first`,
    );
    await running.stop();
    expect(await forgetReader(fixture.database, 'pipe:normaliser', 0)).toHaveLength(1);
    expect(await listReaders(fixture.database)).toEqual([]);
  });

  test('removes large amounts in parts, and a group that is new afterwards goes on', async () => {
    const many = Array.from({ length: 12_000 }, (_, index) => `r${index}`);
    await append(streams.files, ...many);
    await consume('normaliser', streams.files);
    await age(many.slice(0, -1), 25);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual(['r11999']);
    await age(many, 25);
    await trimmer.trim();
    expect(await kept(streams.files)).toEqual([]);

    const seen: string[] = [];
    const transform = (records: readonly { id: string }[]) => (
      seen.push(...records.map(({ id }) => id)),
      []
    );
    const late = await log.pipe({
      group: 'late',
      from: streams.files,
      transform,
      poison: () => [],
    });
    await append(streams.files, 'new');
    await eventually(() => expect(seen).toEqual(['new']));
    await late.stop();
  });
});
