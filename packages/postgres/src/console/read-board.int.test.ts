import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { maxDueCounted, type Board } from '@envigate/contracts';
import { readBoard } from './read-board.ts';
import { countingSession } from './testing/counting-session.ts';
import { RecordScene } from './testing/record-scene.ts';

jest.setTimeout(120_000);

let scene: RecordScene;
beforeAll(async () => {
  scene = await RecordScene.create();
});
afterAll(() => scene.close());

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const question = () => ({
  ...{ recentFrom: minutesAgo(15), todayFrom: minutesAgo(600), stations: ['S1', 'S2', 'NONE'] },
  files: 25,
});

describe('the board', () => {
  let board: Board;
  const received = {
    yesterday: minutesAgo(700),
    today: minutesAgo(100),
    recently: minutesAgo(5),
    justNow: minutesAgo(4),
    last: minutesAgo(3),
  };
  beforeAll(async () => {
    const at = (time: Date) => time.toISOString();
    const files = [
      { name: 'old.txt', instant: at(minutesAgo(720)), receivedAt: at(received.yesterday) },
      {
        ...{ name: 'today.txt', instant: at(minutesAgo(120)), receivedAt: at(received.today) },
        values: { pH: 7, TSS: 8 },
      },
      {
        ...{ name: 'recent.txt', instant: at(minutesAgo(10)), receivedAt: at(received.recently) },
        rejected: [{ line: 3, reason: 'time-unreadable' as const }],
        warnings: [
          { code: 'name-time-differs' as const, detail: '5 minutes' },
          { code: 'name-time-differs' as const, detail: 'again' },
        ],
      },
    ];
    await scene.record(
      files.map((file) => scene.file(file)),
      ['ministry', 'other'],
    );
    await scene.record([scene.file({ ...files[2]!, receivedAt: at(received.justNow) })]);
    await scene.quarantine({ name: 'unknown.txt', account: 'A2', receivedAt: at(received.last) });
    await scene.database.execute(
      `UPDATE deliveries SET state = 'sent', ended_at = now() - interval '5 minutes'
       WHERE target = 'ministry' AND file_name = 'out_recent.txt'`,
    );
    await scene.database.execute(
      `UPDATE deliveries SET state = 'refused', ended_at = now() - interval '1 hour'
       WHERE target = 'ministry' AND file_name = 'out_today.txt'`,
    );
    await scene.database.execute(
      `UPDATE deliveries SET failure = 'connection refused' WHERE target = 'other'`,
    );
    await scene.database.execute(`UPDATE delivery_lanes SET failures = 3 WHERE target = 'other'`);
    await scene.database.execute(
      `INSERT INTO gaps (station_id, kind, from_instant, level, opened_at)
       SELECT station_id, 'transmission', '2026-01-01T00:00Z', '12h', now() FROM station_keys`,
    );
    board = await scene.queries.board(question());
  });

  test('counts what came today and in the last minutes', () => {
    expect(board.today).toEqual({ stored: 2, duplicates: 1, quarantined: 1, readings: 3 });
    expect(board.recent).toEqual({ stored: 1, duplicates: 1, quarantined: 1, readings: 1 });
    expect(board.recording).toEqual({ p50: expect.any(Number), p99: expect.any(Number) });
    expect(board.recording.p50).toBeGreaterThan(200);
  });

  test('knows when each station was heard, and its gap', () => {
    expect([...board.stations.keys()]).toEqual(['S1']);
    expect(board.stations.get('S1')).toEqual({
      lastInstant: expect.any(Date),
      lastReceivedAt: received.justNow,
      openGap: { from: new Date('2026-01-01T00:00Z'), level: '12h' },
    });
  });

  test('knows what goes to each target, and what fails', () => {
    expect(board.targets.get('ministry')).toEqual({
      ...{ recentlySent: 1, sentToday: 1, recentlyRefused: 0, refusedToday: 1, due: 1 },
      ...{ failingStations: 0, lastSentAt: expect.any(Date), failure: null },
    });
    expect(board.targets.get('other')).toEqual({
      ...{ recentlySent: 0, sentToday: 0, recentlyRefused: 0, refusedToday: 0, due: 3 },
      ...{ failingStations: 1, lastSentAt: null, failure: 'connection refused' },
    });
  });

  test('says of each file what became of it and why, the newest first', () => {
    const none = { due: 0, sent: 0, refused: 0, 'set-aside': 0, withheld: 0 };
    expect(board.files.map(({ fileId: _, receivedAt: __, ...file }) => file)).toEqual([
      {
        ...{ name: 'unknown.txt', account: 'A2', station: null, outcome: 'quarantined' },
        ...{ isReplay: false, newReadings: 0, corrections: 0, rejectedLines: 0 },
        ...{ reason: 'unknown-station', warnings: [], deliveries: none },
      },
      {
        ...{ name: 'recent.txt', account: 'A1', station: 'S1', outcome: 'duplicate' },
        ...{ isReplay: false, newReadings: 0, corrections: 0, rejectedLines: 0, reason: null },
        ...{ warnings: [], deliveries: { ...none, sent: 1, due: 1 } },
      },
      {
        ...{ name: 'recent.txt', account: 'A1', station: 'S1', outcome: 'stored' },
        ...{ isReplay: false, newReadings: 1, corrections: 0, rejectedLines: 1 },
        ...{ reason: 'time-unreadable', warnings: ['name-time-differs'] },
        deliveries: { ...none, sent: 1, due: 1 },
      },
      {
        ...{ name: 'today.txt', account: 'A1', station: 'S1', outcome: 'stored' },
        ...{ isReplay: false, newReadings: 2, corrections: 0, rejectedLines: 0, reason: null },
        ...{ warnings: [], deliveries: { ...none, refused: 1, due: 1 } },
      },
      {
        ...{ name: 'old.txt', account: 'A1', station: 'S1', outcome: 'stored' },
        ...{ isReplay: false, newReadings: 1, corrections: 0, rejectedLines: 0, reason: null },
        ...{ warnings: [], deliveries: { ...none, due: 2 } },
      },
    ]);
    expect(board.files[0]?.receivedAt).toEqual(received.last);
  });
});

test('what the board reads does not grow with what is stored, nor with what is refused or waits', async () => {
  await scene.record(
    [scene.file({ station: 'S2', instant: '2026-01-05T00:00:00.000Z' })],
    ['ministry'],
  );
  const history = 30_000;
  await scene.database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO files (file_id, content_hash, account, name, content, state, station_id)
       SELECT sha256(('many' || n)::bytea), '\\x00', 'A1', 'many' || n, '\\x00', 'stored',
              (SELECT station_id FROM station_keys WHERE station = 'S1')
       FROM generate_series(1, $1::int) n`,
      [history],
    );
    await tx.execute(
      `INSERT INTO receptions (reception_id, spool_id, spool_sequence, received_at, protocol, peer,
         account, folder, file_no, station_id, outcome, new_readings, corrections, repeats,
         rejected_lines, chain, chain_sequence, chain_hash)
       SELECT 'many' || n, 'many', n, now() - interval '2 days' - n * interval '1 second',
              'ftp', 'p', 'A1', '/', file_no, station_id, 'stored', 1, 0, 0, 0, 'many', n, '\\x00'
       FROM (SELECT *, row_number() OVER (ORDER BY file_no) AS n FROM files WHERE name LIKE 'many%') many`,
    );
    await tx.execute(
      `INSERT INTO readings (station_id, parameter_id, instant, value, unit, raw_value, raw_unit,
                             status, flag, reasons, file_no, line)
       SELECT station_id, 1, '2020-01-01T00:00Z'::timestamptz + n * interval '1 minute', 1, '',
              '', '', '00', 1, '{}', file_no, 1
       FROM (SELECT *, row_number() OVER (ORDER BY file_no) AS n FROM files WHERE name LIKE 'many%') many`,
    );
    await tx.execute(
      `INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name,
                               payload, state, ended_at)
       SELECT target, station_id, file_no, '2020-01-01T00:00Z', now(), 'n', '\\x00', t.state,
              CASE WHEN t.state = 'sent' THEN now() - interval '2 days' END
       FROM files, (VALUES ('ministry', 'due'), ('other', 'sent')) AS t (target, state)
       WHERE name LIKE 'many%'`,
    );
    await tx.execute(
      `INSERT INTO quarantine (reception_id, file_no, station_id, account, scope, reason, expected, text)
       SELECT reception_id, file_no, NULL, 'A2', 'line', 'time-unreadable', '', ''
       FROM (SELECT reception_id, file_no FROM receptions JOIN files USING (file_no)
             WHERE outcome = 'stored' AND name = 'recent.txt') r,
            generate_series(1, 20000)`,
    );
  });
  await scene.database.execute('ANALYZE');
  const counting = countingSession(scene.database);
  const { targets } = await readBoard(counting.session, question());
  expect(targets.get('ministry')?.due).toBe(maxDueCounted);
  const rows = Object.fromEntries(counting.rows);
  expect(rows['deliveries']).toBeLessThan(maxDueCounted + 200);
  const grown = ['receptions', 'readings', 'quarantine', 'files'].filter(
    (table) => (rows[table] ?? 0) > 300,
  );
  expect({ grown, rows }).toEqual({ grown: [], rows });
});
