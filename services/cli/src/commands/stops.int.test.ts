import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { importRegistry } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { Command } from 'commander';
import { addStopsCommands } from './stops-commands.ts';

jest.setTimeout(60_000);

const registry: Registry = {
  facilities: [{ code: 'F1', name: 'Nhà máy 1', provinceCode: 'QNi' }],
  stations: [{ code: 'S1', facility: 'F1', name: 'Trạm 1', kind: 'waste-water' }],
  parameters: [{ code: 'pH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' }],
  accounts: [],
  targets: [],
};

let db: TestDatabase;
let printed: string[];
beforeEach(async () => {
  db = await testDatabase();
  await importRegistry(db.database, registry, { actor: 'test' });
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await db.drop();
});

/** `envigate stops …` as the shell would call it; what it printed. */
async function stops(...args: readonly string[]): Promise<readonly string[]> {
  printed.length = 0;
  const program = new Command().exitOverride();
  addStopsCommands(program, () => loadConfiguration({ env: { DATABASE_URL: db.url } }));
  await program.parseAsync(['stops', ...args], { from: 'user' });
  return printed;
}

const march = ['--from', '01/03/2026 08:00', '--to', '02/03/2026 08:00'] as const;

test('a stop is entered, corrected, ended and cancelled, and its history shows it', async () => {
  expect(await stops('list')).toEqual(['không có lần dừng có kế hoạch nào · no planned stops']);
  const [added] = await stops('add', '--station', 'S1', ...march, '--reason', 'maintenance');
  expect(added).toBe(
    '1  trạm S1  01/03/2026 08:00:00 – 02/03/2026 08:00:00  bảo trì, bảo dưỡng · maintenance',
  );
  expect(await stops('list', '--station', 'S1')).toEqual([added]);
  const corrected = await stops(
    ...['correct', '1', '--parameters', 'pH', '--restart', '02/03/2026 09:00', '--note', 'nhầm'],
  );
  expect(corrected).toEqual([
    '1  trạm S1  (pH)  01/03/2026 08:00:00 – 02/03/2026 08:00:00  dự kiến hoạt động lại · restart 02/03/2026 09:00:00  bảo trì, bảo dưỡng · maintenance',
  ]);
  await stops('end', '1', '--at', '01/03/2026 20:00', '--note', 'xong sớm');
  const [cancelled] = await stops('cancel', '1', '--note', 'không dừng');
  expect(cancelled).toContain('01/03/2026 20:00:00');
  expect(cancelled).toContain('[đã hủy · cancelled]');
  expect(await stops('list')).toHaveLength(1);
  expect(printed[0]).toContain('no planned stops');
  expect(await stops('list', '--cancelled')).toEqual([cancelled]);
  const history = await stops('show', '1');
  const versions = history.map((text) => /version (\d), [^:]* \d\d:\d\d:\d\d(.*)$/.exec(text));
  expect(versions.map((found) => found?.slice(1))).toEqual([
    ...[
      ['4', ': không dừng'],
      ['3', ': xong sớm'],
    ],
    ...[
      ['2', ': nhầm'],
      ['1', ''],
    ],
  ]);
});

test('one of the whole facility for some hours from now on, as an object', async () => {
  const before = Date.now();
  const [line = ''] = await stops(
    ...['add', '--facility', 'F1', '--hours', '1,5', '--reason', 'repair', '--json'],
  );
  const { stop } = JSON.parse(line) as { stop: { scope: object; from: string; to: string } };
  expect(stop.scope).toEqual({ kind: 'facility', code: 'F1' });
  expect(Date.parse(stop.from)).toBeGreaterThanOrEqual(before - 1000);
  expect(Date.parse(stop.to) - Date.parse(stop.from)).toBe(5_400_000);
  expect(await stops('list', '--station', 'S1')).toHaveLength(1);
  const second = await stops('add', '--station', 'S1', '--hours', '1', '--reason', 'repair');
  expect(second[1]).toContain('overlaps with 1;');
});

test.each([
  [['add', ...march, '--reason', 'repair'], 'exactly one of station'],
  [['add', '--station', 'S1', '--reason', 'repair'], 'either the end'],
  [['add', '--station', 'S1', '--hours', 'two', '--reason', 'repair'], '--hours'],
  [['add', '--station', 'S1', ...march, '--reason', 'holiday'], '--reason must be one of'],
  [['add', '--station', 'S1', ...march], 'say in words'],
  [['add', '--station', 'S9', ...march, '--reason', 'repair'], 'no station "S9"'],
  [['cancel', '7', '--note', 'x'], 'no planned stop 7'],
  [['cancel', 'x', '--note', 'x'], 'not a valid stop number'],
  [['list', '--station', 'S9'], 'S9'],
])('%j says what is wrong', async (args, text) => {
  await expect(stops(...args)).rejects.toThrow(text);
});
