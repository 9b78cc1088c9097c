import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { importRegistry } from '@envigate/postgres';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { createProgram } from './program.ts';

let db: TestDatabase;
let folder: string;
let printed: string[];
beforeAll(async () => {
  db = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'reports-'));
  await importRegistry(
    db.database,
    {
      facilities: [{ code: 'F1', name: 'Nhà máy', provinceCode: 'QNi' }],
      ...{ parameters: [], targets: [], accounts: [] },
      stations: [{ code: 'S1', facility: 'F1', name: 'Trạm 1', kind: 'waste-water' }],
    },
    { actor: 'officer' },
  );
  await db.database.execute(
    `WITH key AS (INSERT INTO station_keys (station) VALUES ('S1') RETURNING station_id)
     INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at, closed_at)
     SELECT station_id, 'transmission', '2026-03-24T11:05:00Z', '2026-03-25T01:35:00Z', '12h', now(), now() FROM key`,
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await db?.drop();
});
beforeEach(() => {
  printed = [];
  const print = (text: unknown) => printed.push(String(text)) > 0;
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void print(line));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  jest.spyOn(process.stdout, 'write').mockImplementation(print);
});
afterEach(() => void jest.restoreAllMocks());

const typed = async (...words: readonly string[]): Promise<void> => {
  const before = process.env['DATABASE_URL'];
  process.env['DATABASE_URL'] = db.url;
  try {
    await createProgram().parseAsync(['report', ...words], { from: 'user' });
  } finally {
    if (before === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = before;
  }
};
const march = ['--from', '01/03/2026 00:00', '--to', '01/04/2026 00:00'] as const;

test('interruptions are printed as CSV, or written to a file', async () => {
  await typed('interruptions', ...march, '--province', 'QNi', '--separator', ';');
  const [, row] = printed.join('').split('\r\n');
  expect(row).toContain('Nhà máy;S1;Trạm 1');
  expect(row).toContain(
    '2026-03-24 18:05:00;2026-03-25 08:35:00;đã khôi phục · closed;14,5;14,5;14,5',
  );
  const file = join(folder, 'report.xlsx');
  await typed('interruptions', ...march, '--format', 'xlsx', '--to-file', file);
  expect((await readFile(file)).subarray(0, 2).toString()).toBe('PK');
});

test('the transmission of a month is a page', async () => {
  const file = join(folder, 'report.html');
  await typed('transmission', ...march, '--format', 'html', '--to-file', file);
  const page = await readFile(file, 'utf8');
  // 31 days of 288 files, of which nothing came.
  expect(page).toContain('0 / 8.928 (0%)');
  expect(page).toContain('gián đoạn trên 12 giờ: 1 lần');
});

test('stations that never sent are listed', async () => {
  await typed('disconnected');
  expect(printed).toEqual([expect.stringContaining('chưa kết nối · never sent')]);
  await typed('disconnected', '--facility', 'F1', '--json');
  expect(JSON.parse(printed.at(-1) ?? '')).toMatchObject({ state: 'never-sent' });
});

test.each([
  ['no period', ['transmission'], 'give --from and --to'],
  ['no file for a workbook', ['transmission', ...march, '--format', 'xlsx'], '--to-file <file>'],
  ['no such table', ['interruptions', ...march, '--table', 'x'], 'must be one of gaps, totals'],
  ['no such station', ['disconnected', '--station', 'S9'], 'no station "S9"'],
  [
    'two scopes',
    ['transmission', ...march, '--station', 'S1', '--facility', 'F1'],
    'give only one of --station, --facility',
  ],
])('%s is refused', async (_, words, message) => {
  await expect(typed(...words)).rejects.toThrow(message);
});
