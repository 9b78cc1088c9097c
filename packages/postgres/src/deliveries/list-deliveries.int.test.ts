import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { DeliveryFilter } from '@envigate/contracts';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import {
  DueSignals,
  deliveriesDueChannel,
  insertDeliveries,
  type NewDelivery,
} from './deliveries.ts';
import { listDeliveries, readDeliveryPayload } from './list-deliveries.ts';
import { countUndecided, readBacklog } from './read-backlog.ts';

jest.setTimeout(60_000);

let on: TestDatabase;
beforeAll(async () => {
  on = await testDatabase();
  await on.database.transaction(async (tx) => {
    for (const [station, hours] of [
      ['A', [0, 1, 2]],
      ['B', [1]],
    ] as const)
      for (const hour of hours) await insertDeliveries(tx, await rowsOf(station, hour));
  });
  await on.database.execute(
    `UPDATE deliveries SET state = 'sent', ended_at = now() WHERE target = 'https' AND file_name = 'A_1.txt'`,
  );
});
afterAll(() => on.drop());

const fileIdOf = (station: string, hour: number): Buffer =>
  createHash('sha256').update(`${station} ${hour}`).digest();

/** One file of a station, due at two targets. */
async function rowsOf(station: string, hour: number): Promise<NewDelivery[]> {
  const { database } = on;
  await database.execute('INSERT INTO station_keys (station) VALUES ($1) ON CONFLICT DO NOTHING', [
    station,
  ]);
  const [file] = await database.query<{ fileNo: number; stationId: number }>(
    `WITH key AS (
       INSERT INTO file_keys (file_id) VALUES ($1)
       ON CONFLICT (file_id) DO UPDATE SET file_id = excluded.file_id RETURNING file_no)
     INSERT INTO files (file_no, file_id, content_hash, account, name, content, state, station_id)
     SELECT file_no, $1, $1, 'a', 'n', '', 'stored', station_id FROM key, station_keys WHERE station = $2
     ON CONFLICT (file_no) DO UPDATE SET account = excluded.account
     RETURNING file_no AS "fileNo", station_id AS "stationId"`,
    [fileIdOf(station, hour), station],
  );
  return ['ftp', 'https'].map((target) => ({
    target,
    ...file!,
    dataInstant: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
    receivedAt: new Date(Date.UTC(2026, 0, 1, hour, 5)).toISOString(),
    fileName: `${station}_${hour}.txt`,
    payload: Buffer.from(`${station} ${hour}`),
    gatherMs: 0,
  }));
}

async function list(filter: Partial<DeliveryFilter>): Promise<string[]> {
  const { rows } = await listDeliveries(on.database, { limit: 100, ...filter });
  return rows.map((row) => `${row.target} ${row.fileName}`);
}

describe('listDeliveries', () => {
  test('says in both languages why the gateway withheld one; the words of a target stay', async () => {
    const failureOf = async (stored: string): Promise<unknown> => {
      await on.database.execute(
        `UPDATE deliveries SET failure = $1 WHERE file_name = 'B_1.txt' AND target = 'ftp'`,
        [stored],
      );
      const { rows } = await listDeliveries(on.database, { limit: 1, target: 'ftp', station: 'B' });
      return rows.map(({ failure, failureVi }) => ({ failure, failureVi }));
    };
    expect(await failureOf('delivery-replaced@1')).toEqual([
      {
        failure: 'replaced by another delivery of its moment before it was sent',
        failureVi: 'có lượt truyền khác của cùng thời điểm thay thế trước khi truyền',
      },
    ]);
    expect(await failureOf('553 bad name')).toEqual([{ failure: '553 bad name', failureVi: null }]);
  });

  test('gives everything, newest first', async () => {
    expect(await list({})).toEqual([
      'https B_1.txt',
      'ftp B_1.txt',
      'https A_2.txt',
      'ftp A_2.txt',
      'https A_1.txt',
      'ftp A_1.txt',
      'https A_0.txt',
      'ftp A_0.txt',
    ]);
  });

  test.each<[string, Partial<DeliveryFilter>, string[]]>([
    ['target', { target: 'ftp', station: 'A' }, ['ftp A_2.txt', 'ftp A_1.txt', 'ftp A_0.txt']],
    ['station', { station: 'B' }, ['https B_1.txt', 'ftp B_1.txt']],
    ['a station unknown', { station: 'C' }, []],
    ['state', { state: 'sent' }, ['https A_1.txt']],
    ['file', { fileId: fileIdOf('B', 1).toString('hex') }, ['https B_1.txt', 'ftp B_1.txt']],
    [
      'data instants, the end excluded',
      { from: new Date('2026-01-01T01:00:00Z'), to: new Date('2026-01-01T02:00:00Z') },
      ['https B_1.txt', 'ftp B_1.txt', 'https A_1.txt', 'ftp A_1.txt'],
    ],
  ])('filters by %s', async (_, filter, expected) => {
    expect(await list(filter)).toEqual(expected);
  });

  test('pages without gap or overlap', async () => {
    const pages: string[] = [];
    let after: number | undefined;
    do {
      const { rows, next } = await listDeliveries(on.database, { limit: 3, after });
      pages.push(...rows.map((row) => `${row.target} ${row.fileName}`));
      after = next;
    } while (after !== undefined);
    expect(pages).toEqual(await list({}));
  });

  test('reports size, file and times; the payload is read apart', async () => {
    const { rows } = await listDeliveries(on.database, {
      ...{ limit: 1, target: 'ftp', station: 'B' },
    });
    const [row] = rows;
    expect(row).toMatchObject({
      station: 'B',
      size: 3,
      fileId: fileIdOf('B', 1).toString('hex'),
      dataInstant: new Date('2026-01-01T01:00:00Z'),
      receivedAt: new Date('2026-01-01T01:05:00Z'),
      state: 'due',
      attempts: 0,
      receipt: null,
    });
    expect((await readDeliveryPayload(on.database, row!.deliveryId))?.toString()).toBe('B 1');
    expect(await readDeliveryPayload(on.database, 1_000_000)).toBeUndefined();
  });
});

test('readBacklog counts what is due by target, with the age of the oldest', async () => {
  const backlog = await readBacklog(on.database);
  expect(backlog.map(({ target, due }) => [target, due])).toEqual([
    ['ftp', 4],
    ['https', 3],
  ]);
  const age = (Date.now() - Date.UTC(2026, 0, 1, 0, 5)) / 1000;
  expect(Math.abs(backlog[0]!.oldestSeconds - age)).toBeLessThan(60);
});

test('readBacklog counts up to a number of rows of a target', async () => {
  const backlog = await readBacklog(on.database, 2);
  expect(backlog.map(({ target, due }) => [target, due])).toEqual([
    ['ftp', 2],
    ['https', 2],
  ]);
});

test('countUndecided counts what nobody has decided about, by target and state', async () => {
  const counts = await on.database.transaction(async (tx) => {
    await tx.execute(
      `UPDATE deliveries SET state = 'refused' WHERE target = 'ftp' AND state = 'due'`,
    );
    await tx.execute(
      `UPDATE deliveries SET state = 'withheld', skipped_at = CASE WHEN file_name = 'B_1.txt' THEN now() END
       WHERE target = 'https' AND state = 'due'`,
    );
    const found = [await countUndecided(tx), await countUndecided(tx, 1)];
    await tx.execute(
      `UPDATE deliveries SET state = 'due', skipped_at = NULL WHERE state IN ('refused', 'withheld')`,
    );
    return found;
  });
  expect(counts).toEqual([
    [
      { target: 'ftp', state: 'refused', deliveries: 4 },
      { target: 'https', state: 'withheld', deliveries: 2 },
    ],
    [expect.objectContaining({ deliveries: 1 })],
  ]);
});

test('insertDeliveries opens each lane once', async () => {
  await on.database.transaction(async (tx) => insertDeliveries(tx, await rowsOf('A', 3)));
  const lanes = await on.database.query('SELECT lane_id FROM delivery_lanes');
  expect(lanes).toHaveLength(4);
});

test('forwarders are woken after the commit, not by it', async () => {
  let heard = 0;
  let listens = false;
  const unlisten = on.database.listen(deliveriesDueChannel, (payload) => {
    // Undefined: from here on the connection hears everything.
    if (payload === undefined) listens = true;
    else heard += 1;
  });
  await eventually(() => expect(listens).toBe(true));
  await on.database.transaction(async (tx) => insertDeliveries(tx, await rowsOf('C', 1)));
  await on.database.execute('SELECT pg_notify($1, $2)', [deliveriesDueChannel, 'mark']);
  await eventually(() => expect(heard).toBe(1));
  const signals = new DueSignals(on.database);
  await Promise.all([signals.announce(), signals.announce()]);
  await eventually(() => expect(heard).toBeGreaterThanOrEqual(2));
  unlisten();
});
