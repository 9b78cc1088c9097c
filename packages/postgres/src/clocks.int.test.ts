import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { streams } from '@envigate/event-log';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import type { Database } from './connection/database.ts';
import { automaticBatchId, settledPass } from './replays/replay-store.ts';
import { assessmentStore } from './assessments/assessment-store.ts';
import { PostgresDeliveryStore } from './deliveries/delivery-store.ts';
import { outboxReader } from './sinks/outbox.ts';
import { readOverview } from './console/overview.ts';
import { ReceptionsOfDay } from './console/receptions-of-day.ts';
import { readStationActivity, readStationClocks } from './console/console-queries.ts';

/**
 * What a clock that was 400 days ahead leaves in the database, once it is right. The clock of the
 * server cannot be moved for a test, so the times are moved instead.
 */
jest.setTimeout(60_000);

let on: TestDatabase;
beforeAll(async () => {
  on = await testDatabase();
  await on.database.execute(`INSERT INTO station_keys (station) VALUES ('S1'), ('S2')`);
});
afterAll(() => on.drop());

const ahead = `interval '400 days'`;

/** How long each station's lane waits, and how many of its deliveries are begun. */
async function beginAll(database: Database) {
  const store = new PostgresDeliveryStore(database);
  const lanes = await store.lanesWithWork();
  const waits = new Map(lanes.map(({ station, waitMs }) => [station, waitMs]));
  const begun = new Map<string, number>();
  for (const lane of lanes)
    begun.set(lane.station, (await store.begin(lane, 10)).deliveries.length);
  await store.close();
  return { waits, begun: Object.fromEntries(begun) };
}

test('a lane whose next attempt was reckoned then is due at once, others wait as they should', async () => {
  const { database } = on;
  await database.execute(`
    INSERT INTO delivery_lanes (target, station_id, failures, wait, next_attempt_at)
    SELECT 'ftp', station_id, 3, interval '60 s',
           now() + interval '60 s' + CASE station WHEN 'S1' THEN ${ahead} ELSE interval '0' END
    FROM station_keys`);
  await database.execute(`
    INSERT INTO files (file_id, content_hash, account, name, content, state, station_id)
    SELECT sha256(station::bytea), sha256(station::bytea), 'a', station, '', 'stored', station_id
    FROM station_keys`);
  await database.execute(`
    INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload)
    SELECT 'ftp', station_id, file_no, now(), now(), name, '' FROM files`);
  const { waits, begun } = await beginAll(database);
  expect(waits.get('S1')).toBe(0);
  expect(waits.get('S2')).toBeGreaterThan(30_000);
  expect(waits.get('S2')).toBeLessThanOrEqual(60_000);
  expect(begun).toEqual({ S1: 1, S2: 0 });
});

test('a delivery that fell due then waits for no further files, others do', async () => {
  const { database } = on;
  await database.execute(`
    UPDATE delivery_lanes SET failures = 0, next_attempt_at = now();
    UPDATE deliveries SET attempts = 0, in_doubt = false, gather = interval '60 s',
           due_at = now() + CASE (SELECT station FROM station_keys key WHERE key.station_id = deliveries.station_id)
                              WHEN 'S1' THEN ${ahead} ELSE interval '0' END`);
  const { waits, begun } = await beginAll(database);
  expect(waits.get('S1')).toBe(0);
  expect(waits.get('S2')).toBeGreaterThan(30_000);
  expect(begun).toEqual({ S1: 1, S2: 0 });
});

test('a relay whose lease was taken then gives way to another', async () => {
  const { database } = on;
  const first = outboxReader(database, streams.gaps);
  const second = outboxReader(database, streams.gaps);
  expect(await first.claim()).toBe(true);
  expect(await second.claim()).toBe(false);
  await database.execute(`UPDATE outbox_relays SET held_until = held_until + ${ahead}`);
  expect(await second.claim()).toBe(true);
  expect(await first.claim()).toBe(false);
});

test('a day that was noted then is assessed, and its age is not negative', async () => {
  const { database } = on;
  await database.execute(`
    INSERT INTO assessment_due (station_id, day, from_instant, to_instant, first_noted_at, last_noted_at)
    SELECT station_id, '2026-01-01', '2026-01-01T00:00Z', '2026-01-01T01:00Z',
           now() + ${ahead}, now() + ${ahead}
    FROM station_keys WHERE station = 'S1'`);
  const store = assessmentStore(database);
  const due = await store.due(10, 30_000, 60_000);
  expect(due.map(({ station }) => station)).toEqual(['S1']);
  expect(await store.backlog()).toEqual({ due: 1, oldestSeconds: 0 });
});

test('a pass over the quarantine that ended then does not hold back the next', async () => {
  const { database } = on;
  await database.execute(`
    UPDATE replay_scan SET revision = 1, pass = 1, finished_at = now() + ${ahead}`);
  const batch = automaticBatchId(1, 1);
  await database.execute(
    `INSERT INTO replay_batches (batch_id, actor, requested_at, note, automatic, selection, upto)
     VALUES ($1, 'registry', now(), '', true, '{}', 0)`,
    [batch],
  );
  await database.execute(
    `INSERT INTO replays (reception_id, batch_id, file_no, spool_sequence, recorded_at, outcome)
     SELECT 'r', $1, file_no, 1, now(), 'stored' FROM files WHERE name = 'S1'`,
    [batch],
  );
  expect(await settledPass(database)).toEqual({ revision: 1, pass: 1, finishedSeconds: Infinity });
});

test('a file received then is neither for ever the newest nor for ever of this minute', async () => {
  const { database } = on;
  await database.execute(`
    INSERT INTO receptions (reception_id, spool_id, spool_sequence, received_at, newest_time,
                            protocol, peer, account, folder, file_no, station_id, outcome,
                            new_readings, corrections, repeats, rejected_lines,
                            chain, chain_sequence, chain_hash)
    SELECT '01', 'x', 1, now() + ${ahead}, now(), 'ftp', '::1', 'a', '/', file_no, station_id, 'stored',
           3, 0, 0, 0, 'c', 1, ''
    FROM files WHERE name = 'S1'`);
  const receptionsOfDay = new ReceptionsOfDay(database);
  const overview = await readOverview(database, 10, receptionsOfDay);
  expect(overview.filesPerMinute).toBe(0);
  expect(overview.latest).toEqual([]);
  expect(
    (await readStationActivity(database, ['S1'], receptionsOfDay)).get('S1')?.lastReceivedAt,
  ).toBeNull();
  expect(await readStationClocks(database, ['S1'])).toEqual(new Map());
});
