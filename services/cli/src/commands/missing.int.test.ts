import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { importRegistry } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { printMissing, type MissingOptions } from './missing.ts';
import { createProgram } from './program.ts';

let db: TestDatabase;
let config: Configuration;
let printed: string[];
beforeAll(async () => {
  db = await testDatabase();
  config = await loadConfiguration({ env: { DATABASE_URL: db.url } });
  await importRegistry(
    db.database,
    {
      facilities: [{ code: 'F1', name: 'Nhà máy' }],
      parameters: ['COD', 'TN'].map((code) => ({
        code,
        symbol: code,
        unit: 'mg/L',
        name: code,
        nameEn: code,
      })),
      targets: [],
      stations: [
        {
          ...{
            code: 'S1',
            facility: 'F1',
            name: 'Trạm 1',
            kind: 'waste-water',
            intervalMinutes: 5,
          },
          parameters: [{ parameter: 'COD' }, { parameter: 'TN', cycleMinutes: 60 }],
        },
      ],
      accounts: [],
    },
    { actor: 'officer' },
  );
  // 10:00 to 10:55 of Vietnam, but for 10:15 to 10:25; TN at 10:00 alone. 10:05 came an hour late.
  await db.database.execute(
    `WITH station AS (INSERT INTO station_keys (station) VALUES ('S1') RETURNING station_id),
          parameters AS (INSERT INTO parameter_keys (parameter) VALUES ('COD'), ('TN') RETURNING parameter_id, parameter)
     INSERT INTO readings (station_id, parameter_id, instant, revision, value, unit, raw_value, raw_unit, status, flag, reasons, file_no, line, recorded_at)
     SELECT station_id, parameter_id, '2026-03-25T03:00:00Z'::timestamptz + n * interval '5 minutes',
            1, 1, 'mg/L', '1', 'mg/L', '00', 1, '{}', 1, 1,
            '2026-03-25T03:02:00Z'::timestamptz + n * interval '5 minutes'
              + CASE WHEN n = 1 THEN interval '1 hour' ELSE interval '0' END
     FROM station, parameters, generate_series(0, 11) n
     WHERE n NOT BETWEEN 3 AND 5 AND (parameter = 'COD' OR n = 0)`,
  );
});
afterAll(() => db?.drop());
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => void jest.restoreAllMocks());

const asked = { station: 'S1', from: '25/03/2026 10:00', to: '25/03/2026 11:00' };
/** As it is typed: the command above it has options of the same names. */
const typed = async (...words: readonly string[]): Promise<void> => {
  const before = process.env['DATABASE_URL'];
  process.env['DATABASE_URL'] = db.url;
  try {
    await createProgram().parseAsync(['gaps', 'missing', ...words], { from: 'user' });
  } finally {
    if (before === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = before;
  }
};
const missing = (more: Partial<MissingOptions> = {}) => printMissing(config, { ...asked, ...more });

test('ranges, and how much came', async () => {
  await missing();
  expect(printed).toEqual([
    '25/03/2026 10:15:00 – 25/03/2026 10:25:00   3 thời điểm · instants',
    'đã nhận 9 (trong đó 1 truyền bổ sung), còn thiếu 3 thời điểm (75%) · received 9 (1 of them late), missing 3 instants (75 %)',
  ]);
});

test('the words of a command', async () => {
  await typed('--station', 'S1', '--from', asked.from, '--to', asked.to, '--json');
  expect(printed.map((line) => (JSON.parse(line) as { count: number }).count)).toEqual([3]);
  await expect(typed('--from', asked.from, '--to', asked.to)).rejects.toThrow('give --station');
});

test('each instant on a line', async () => {
  await missing({ each: true });
  expect(printed.slice(0, -1)).toEqual([
    '25/03/2026 10:15:00',
    '25/03/2026 10:20:00',
    '25/03/2026 10:25:00',
  ]);
});

test('JSON', async () => {
  await missing({ json: true });
  expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      ...{ first: '2026-03-25T03:15:00.000Z', last: '2026-03-25T03:25:00.000Z' },
      ...{ count: 3, stepMinutes: 5 },
    },
  ]);
});

test('a parameter by its own cycle', async () => {
  await missing({ parameter: 'TN', to: '25/03/2026 13:00' });
  expect(printed).toEqual([
    '25/03/2026 11:00:00 – 25/03/2026 12:00:00   2 thời điểm · instants',
    expect.stringContaining('received 1, missing 2 instants (33.3 %)'),
  ]);
});

test('late data fill it', async () => {
  await db.database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO readings SELECT (r).* FROM (
         SELECT jsonb_populate_record(r, '{"instant": "2026-03-25T03:15:00Z"}') AS r FROM readings r LIMIT 1) late`,
    );
  });
  await missing();
  expect(printed.at(-1)).toContain('received 10 (1 of them late), missing 2');
});

test.each<readonly [string, Partial<MissingOptions>, RegExp]>([
  ['no such station', { station: 'S9' }, /station 'S9' is not in the registry/],
  ['no such parameter', { parameter: 'X' }, /parameter 'X' is not in the registry/],
  ['more than a year', { from: '25/03/2020 10:00' }, /366 days apart at most/],
])('%s', async (_name, options, message) => {
  await expect(missing(options)).rejects.toThrow(message);
});
