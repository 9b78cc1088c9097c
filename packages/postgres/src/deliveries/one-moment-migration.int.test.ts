import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { readMigrations } from '../migrate/migrate.ts';

jest.setTimeout(60_000);

/** What the version before left due, one delivery per file, and what becomes of it. */
let on: TestDatabase;
beforeEach(async () => {
  on = await testDatabase();
  // As it was before: the migration under test is taken back, and applied by hand.
  await on.database.execute(`
    DROP INDEX deliveries_by_moment, deliveries_more_files;
    ALTER TABLE deliveries DROP COLUMN more_files, DROP COLUMN gather, ADD COLUMN edition integer;
    INSERT INTO station_keys (station) VALUES ('S1'), ('S2');`);
});
afterEach(() => on.drop());

interface Before {
  readonly station?: string;
  /** 'symbol minute value' each, of 12:00 at +07:00. */
  readonly lines: readonly string[];
  readonly state?: string;
  readonly inDoubt?: boolean;
  readonly attempts?: number;
}

async function was({ station = 'S1', lines, state = 'due', ...more }: Before): Promise<void> {
  const { inDoubt = false, attempts = 0 } = more;
  const times = lines.map((line) => Number(line.split(' ')[1]));
  const last = Math.max(...times);
  const payload = lines
    .map((line) => {
      const [symbol, minute, value] = line.split(' ');
      return `${symbol}\t${value}\t-\t${stamp(Number(minute))}\t00\r\n`;
    })
    .join('');
  const id = createHash('sha256').update(`${station} ${payload} ${Math.random()}`).digest();
  await on.database.execute(
    `WITH file AS (
       INSERT INTO files (file_id, content_hash, account, name, content, state, station_id)
       SELECT $1, $1, 'a', 'n', '', 'stored', station_id FROM station_keys WHERE station = $2
       RETURNING file_no, station_id)
     INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name,
                             payload, state, in_doubt, attempts)
     SELECT 'bo', station_id, file_no, $3, now(), $4, $5, $6, $7, $8 FROM file`,
    [
      ...[
        id,
        station,
        new Date(Date.UTC(2026, 0, 1, 5, last)),
        `HN_F_${station}_${stamp(last)}.txt`,
      ],
      ...[Buffer.from(payload), state, inDoubt, attempts],
    ],
  );
}

const stamp = (minute: number): string => `2026010112${String(minute).padStart(2, '0')}00`;

async function migrated(): Promise<readonly string[]> {
  const migration = (await readMigrations()).find(({ name }) => name.startsWith('0024'));
  await on.database.transaction((tx) => tx.execute(migration!.sql));
  const rows = await on.database.query<
    Record<'name' | 'state' | 'text', string> & { at: Date; resend: boolean }
  >(
    `SELECT file_name AS name, state, encode(payload, 'escape') AS text, data_instant AS at, resend
     FROM deliveries ORDER BY delivery_id`,
  );
  return rows
    .filter(({ state }) => state !== 'withheld')
    .map(({ name, state, text, at, resend }) => {
      const lines = text.split('\r\n').filter((line) => line !== '');
      const values = lines.map((line) => line.split('\t').slice(0, 2).join('='));
      const minute = at.getUTCMinutes();
      const ofMoment = lines.every((line) => line.split('\t')[3] === stamp(minute));
      expect(name).toMatch(new RegExp(`_${stamp(minute)}\\.txt$`));
      const marks = `${resend ? ' resend' : ''}${ofMoment ? '' : ' several'}`;
      return `${name.split('_')[2]} ${minute} ${state}${marks}: ${values.join(' ')}`;
    });
}

test('a file of one moment stays as it is', async () => {
  await was({ lines: ['pH 0 7', 'TSS 0 20'] });
  await was({ lines: ['pH 5 8'], attempts: 3 });
  expect(await migrated()).toEqual(['S1 0 due: pH=7 TSS=20', 'S1 5 due: pH=8']);
});

test('a file of several moments becomes a delivery for each, of its own station', async () => {
  await was({ lines: ['pH 0 7', 'TSS 0 20', 'pH 5 8'] });
  await was({ station: 'S2', lines: ['pH 0 1', 'pH 5 2', 'pH 10 3'] });
  expect((await migrated()).toSorted()).toEqual([
    'S1 0 due: pH=7 TSS=20',
    'S1 5 due: pH=8',
    'S2 0 due: pH=1',
    'S2 10 due: pH=3',
    'S2 5 due: pH=2',
  ]);
});

test('a daily file that grew is due once for each moment, and not what was sent of it', async () => {
  await was({ lines: ['pH 0 7'], state: 'sent' });
  await was({ lines: ['pH 0 7', 'pH 5 8'] });
  await was({ lines: ['pH 0 7', 'pH 5 8', 'pH 10 9'] });
  expect(await migrated()).toEqual(['S1 0 sent: pH=7', 'S1 5 due: pH=8', 'S1 10 due: pH=9']);
});

test('several files of a moment become one, with what was sent of it; a correction wins', async () => {
  await was({ lines: ['Flow 0 3'], state: 'sent' });
  await was({ lines: ['pH 0 7'] });
  await was({ lines: ['TSS 0 20', 'pH 0 6'] });
  expect(await migrated()).toEqual(['S1 0 sent: Flow=3', 'S1 0 due: Flow=3 TSS=20 pH=6']);
});

test('what the ministry may have got stays where it is of one moment, else it is sent as a resend', async () => {
  await was({ lines: ['pH 0 7'], inDoubt: true, attempts: 1 });
  await was({ lines: ['TSS 0 20'] });
  await was({ lines: ['pH 5 8', 'pH 10 9'], inDoubt: true, attempts: 1 });
  expect((await migrated()).toSorted()).toEqual([
    'S1 0 due: pH=7',
    'S1 0 due: pH=7 TSS=20',
    'S1 10 due resend: pH=9',
    'S1 5 due resend: pH=8',
  ]);
});

test('each old delivery ends once, and bytes of another form are left alone', async () => {
  await was({ lines: ['pH 0 7', 'pH 5 8'] });
  await was({ lines: ['pH 5 8'] });
  await on.database.execute(`
    INSERT INTO deliveries (target, station_id, file_no, data_instant, received_at, file_name, payload)
    SELECT target, station_id, file_no, data_instant, received_at, file_name, '\\x0041'
    FROM deliveries LIMIT 1`);
  await migrated();
  const states = await on.database.query(
    'SELECT state, count(*) FROM deliveries GROUP BY state ORDER BY state',
  );
  expect(states).toEqual([
    { state: 'due', count: 3 },
    { state: 'withheld', count: 2 },
  ]);
});
