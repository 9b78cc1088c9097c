import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { importRegistry } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { printGaps } from './gaps.ts';
import { printQuarantine } from './quarantine.ts';
import { printSymbols } from './symbols.ts';
import { printHistory } from './registry/history.ts';
import { printPending } from './registry/pending.ts';
import { listRules } from './rules.ts';

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
      parameters: [],
      targets: [],
      stations: [{ code: 'NUO001', facility: 'F1', name: 'Trạm 1', kind: 'waste-water' }],
      accounts: [],
    },
    { actor: 'officer' },
  );
});
afterAll(() => db?.drop());
beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(() => void jest.restoreAllMocks());

const json = true as const;
const open = true as const;
const counts = true as const;
const station = 'NUO001';

test.each<readonly [string, (more: { json?: true }) => Promise<void>]>([
  ['không có khoảng gián đoạn · no gaps', (more) => printGaps(config, more)],
  [
    'không có trạm nào đang gián đoạn · no open gaps',
    (more) => printGaps(config, { open, ...more }),
  ],
  [
    'trạm NUO001 hiện không gián đoạn trên 1 giờ · no open gaps of station NUO001, over 1 h',
    (more) => printGaps(config, { open, station, level: '1h', ...more }),
  ],
  [
    'khu cách ly không có mục chờ xử lý · nothing is open in quarantine',
    (more) => printQuarantine(config, more),
  ],
  [
    'khu cách ly không có mục chờ xử lý · nothing is open in quarantine',
    (more) => printQuarantine(config, { counts, ...more }),
  ],
  [
    'khu cách ly không có mục chờ xử lý theo điều kiện lọc · nothing is open in quarantine that fits the selection',
    (more) => printQuarantine(config, { station, ...more }),
  ],
  [
    'khu cách ly không có mục đã xử lý · nothing in quarantine is resolved',
    (more) => printQuarantine(config, { resolved: true, ...more }),
  ],
  ['không có ký hiệu chưa khai báo · no unknown symbols', (more) => printSymbols(config, more)],
  ['không có trạm chờ khai báo · no pending stations', (more) => printPending(config, more)],
  [
    'chưa có thay đổi của account · no changes of account',
    (more) => printHistory('account', undefined, config, more),
  ],
  [
    'chưa có thay đổi của station NUO002 · no changes of station NUO002',
    (more) => printHistory('station', 'NUO002', config, more),
  ],
  [
    'danh mục chưa có quy tắc kiểm tra · the registry has no rules',
    (more) => listRules(config, more),
  ],
])('%s: is said to people, and no line to programs', async (text, ask) => {
  await ask({});
  expect(printed).toEqual([text]);
  await ask({ json });
  expect(printed).toEqual([text]);
});

test.each([
  ['gaps', () => printGaps(config, { station: 'nuo001' })],
  ['quarantine list', () => printQuarantine(config, { station: 'nuo001', json })],
])('a misspelt station is no empty answer: %s', async (_command, ask) => {
  await expect(ask()).rejects.toThrow("station 'nuo001' is not in the registry");
  expect(printed).toEqual([]);
});
