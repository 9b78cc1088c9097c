import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { Database } from '../connection/database.ts';
import { RecordScene } from '../console/testing/record-scene.ts';
import {
  countMonthsAhead,
  defaultMonthsAhead,
  makeMonths,
  monthlyTables,
  monthNamed,
  monthOf,
  nameOf,
  startOf,
} from './make-months.ts';

jest.setTimeout(60_000);

let on: TestDatabase;
let database: Database;
beforeEach(async () => {
  on = await testDatabase();
  database = on.database;
});
afterEach(() => on.drop());

const names = async (table: string): Promise<string[]> => {
  const rows = await database.query<{ name: string }>(
    `SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
     WHERE inhparent = $1::regclass ORDER BY name`,
    [table],
  );
  return rows.map(({ name }) => name);
};

/** The last months of a table; test databases have cuts of their own far before. */
const monthsOf = async (table: string): Promise<number[]> =>
  (await names(table))
    .flatMap((name) => monthNamed(name) ?? [])
    .filter((month) => month > 12)
    .sort((a, b) => a - b);

const readingAt = (instant: string, minute = 0) =>
  `INSERT INTO readings (station_id, parameter_id, instant, unit, raw_value, raw_unit, status, flag, reasons,
                         file_no, line)
   VALUES (1, 1, '${instant}'::timestamptz + ${minute} * interval '1 minute', '', '', '', '00', 1, '{}', 1, 1)`;

const partitionOf = async (instant: string): Promise<string | undefined> => {
  const [row] = await database.query<{ partition: string }>(
    'SELECT tableoid::regclass::text AS partition FROM readings WHERE instant = $1',
    [instant],
  );
  return row?.partition;
};

const thisMonth = monthOf(new Date());

describe('a new installation', () => {
  test('has months without a hole up to three after the present one, and both ends', async () => {
    for (const { table, isByNumber } of monthlyTables) {
      const months = await monthsOf(table);
      const first = isByNumber ? thisMonth : thisMonth - 2;
      const expected = Array.from({ length: thisMonth + 3 - first + 1 }, (_, i) => first + i);
      expect([table, months]).toEqual([table, expected]);
      expect(await names(table)).toEqual(
        expect.arrayContaining([`${table}_before`, `${table}_after`]),
      );
    }
    expect(await countMonthsAhead(database)).toBe(defaultMonthsAhead);
    expect((await makeMonths(database, defaultMonthsAhead)).made).toEqual([]);
  });

  test('gives files and rows of quarantine numbers with the month in front, exact in JavaScript', async () => {
    const [row] = await database.query<{ fileNo: number; partition: string }>(
      `WITH key AS (INSERT INTO file_keys (file_id) VALUES ('x') RETURNING file_no)
       INSERT INTO files (file_no, file_id, content_hash, account, name, content, state)
       SELECT file_no, 'x', '', '', '', '', 'stored' FROM key
       RETURNING file_no AS "fileNo", tableoid::regclass::text AS partition`,
    );
    expect(row?.partition).toBe(`files_${nameOf(thisMonth)}`);
    expect(Math.floor(row!.fileNo / 2 ** 36)).toBe(thisMonth);
    expect(monthOf(new Date(Date.UTC(9999, 11, 31))) * 2 ** 36).toBeLessThan(2 ** 53);
  });
});

describe('data', () => {
  test('of any age find a place, and make no partition, however many months they name', async () => {
    const before = await names('readings');
    const wild = ['1970-01-01Z', '1999-12-31T23:59:59.999Z', '2087-06-01Z', '9999-12-31Z'];
    for (const instant of wild) await database.execute(readingAt(instant));
    await database.execute(
      `INSERT INTO readings (station_id, parameter_id, instant, unit, raw_value, raw_unit, status, flag, reasons,
                             file_no, line)
       SELECT 1, 1, '1975-01-15Z'::timestamptz + n * interval '1 month', '', '', '', '00', 1, '{}', 1, 1
       FROM generate_series(0, 999) n`,
    );
    expect(await names('readings')).toEqual(before);
    const [count] = await database.query('SELECT count(*)::int AS n FROM readings');
    expect(count).toEqual({ n: 1_004 });
    for (const instant of wild)
      expect(await partitionOf(instant)).toMatch(/^readings_(before|after)$/);
  });

  test('of the recorder, a year late or a year ahead, are one file, read and corrected as any', async () => {
    const scene = await RecordScene.create();
    try {
      const ages = ['1971-03-01', '2019-07-01', '2026-01-01', '2088-02-29'].map(
        (day) => `${day}T00:00:00.000Z`,
      );
      for (const instant of ages)
        await scene.record([scene.file({ instant, receivedAt: instant })], ['ministry']);
      for (const instant of ages)
        await scene.record([scene.file({ instant, values: { pH: 8 } })], ['ministry']);
      const rows = await scene.database.query(
        `SELECT instant, value, revision FROM readings ORDER BY instant`,
      );
      expect(rows).toEqual(
        ages.map((instant) => ({ instant: new Date(instant), value: 8, revision: 2 })),
      );
      const [counts] = await scene.database.query(
        `SELECT (SELECT count(*)::int FROM reading_revisions) AS revisions,
                (SELECT count(*)::int FROM receptions) AS receptions,
                (SELECT count(*)::int FROM deliveries) AS deliveries,
                (SELECT count(*)::int FROM files JOIN file_keys USING (file_no, file_id)) AS files`,
      );
      expect(counts).toEqual({ revisions: 4, receptions: 8, deliveries: 4, files: 8 });
    } finally {
      await scene.close();
    }
  });
});

describe('a month', () => {
  test('takes over what came before its time, with the keys that were there', async () => {
    const month = thisMonth + defaultMonthsAhead + 1;
    const [first, last] = [startOf(month), new Date(startOf(month + 1).getTime() - 1)];
    const beyond = startOf(month + 1);
    for (const time of [first, last, beyond]) await database.execute(readingAt(time.toISOString()));
    expect(await partitionOf(first.toISOString())).toBe('readings_after');

    const { made } = await makeMonths(database, defaultMonthsAhead + 1);
    expect(made).toContainEqual({ partition: `readings_${nameOf(month)}`, movedRows: 2 });
    expect(made).toHaveLength(monthlyTables.length);
    expect(await partitionOf(first.toISOString())).toBe(`readings_${nameOf(month)}`);
    expect(await partitionOf(last.toISOString())).toBe(`readings_${nameOf(month)}`);
    expect(await partitionOf(beyond.toISOString())).toBe('readings_after');
    await expect(database.execute(readingAt(first.toISOString()))).rejects.toMatchObject({
      code: '23505',
    });
  });

  test('is made once by four processes, while others write', async () => {
    const processes = Array.from(
      { length: 4 },
      () => new Database({ url: on.url, poolSize: 2, logger: silentLogger() }),
    );
    let isMaking = true;
    const month = startOf(thisMonth + defaultMonthsAhead + 1).toISOString();
    let written = 0;
    const writing = (async () => {
      for (; isMaking; written++) await database.execute(readingAt(month, written));
    })();
    const looks = await Promise.all(processes.map((each) => makeMonths(each, 6)));
    isMaking = false;
    await writing;
    await Promise.all(processes.map((each) => each.close()));
    const made = looks.flatMap((look) => look.made.map(({ partition }) => partition));
    expect(new Set(made).size).toBe(made.length);
    expect(made).toHaveLength(3 * monthlyTables.length);
    const [count] = await database.query(
      `SELECT count(*)::int AS n FROM readings_${nameOf(thisMonth + defaultMonthsAhead + 1)}`,
    );
    expect(count).toEqual({ n: written });
    expect(written).toBeGreaterThan(0);
  });

  test('gives way to a long query, and is made at the next look', async () => {
    const reader = await database.connectDedicated();
    await reader.session.execute('BEGIN');
    await reader.session.query('SELECT count(*) FROM readings');
    const look = await makeMonths(database, defaultMonthsAhead + 1);
    expect(look.busy).toEqual(['readings']);
    expect(look.made).toHaveLength(monthlyTables.length - 1);
    // What came meanwhile was not lost, nor did it wait for the reader.
    await database.execute(readingAt('2026-01-01Z'));
    await reader.session.execute('COMMIT');
    await reader.close();
    const again = await makeMonths(database, defaultMonthsAhead + 1);
    expect(again.made.map(({ partition }) => partition)).toEqual([
      `readings_${nameOf(thisMonth + defaultMonthsAhead + 1)}`,
    ]);
  });

  test('is one of six at once, so that a clock that is decades ahead makes few', async () => {
    const { made } = await makeMonths(database, 12 * 61);
    expect(made).toHaveLength(6 * monthlyTables.length);
    expect(await countMonthsAhead(database)).toBe(defaultMonthsAhead + 6);
  });

  test('has the indexes, defaults and storage of all others', async () => {
    await makeMonths(database, defaultMonthsAhead + 1);
    for (const { table } of monthlyTables) {
      const shapes = await database.query<{ name: string; shape: string }>(
        `SELECT relname AS name, concat_ws(' ', reloptions,
           (SELECT array_agg(shape ORDER BY shape)
            FROM (SELECT regexp_replace(pg_get_indexdef(indexrelid), '^(CREATE (UNIQUE )?INDEX).* USING ', '\\1 ')
                    AS shape FROM pg_index WHERE indrelid = part.oid) index),
           (SELECT array_agg(attname || format_type(atttypid, atttypmod) || attnotnull
                             || coalesce(pg_get_expr(adbin, adrelid), '') ORDER BY attnum)
            FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attrelid = part.oid AND attnum > 0 AND NOT attisdropped)) AS shape
         FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
         WHERE inhparent = $1::regclass AND relname !~ '_1970_'`,
        [table],
      );
      const of = new Map(shapes.map(({ name, shape }) => [shape, name]));
      expect([table, [...of.keys()]]).toEqual([table, [shapes[0]!.shape]]);
    }
  });
});
