import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { importRegistry } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { printGaps } from './gaps.ts';
import { printQuarantine } from './quarantine/list.ts';
import { printSymbols } from './quarantine/symbols.ts';
import { printHistory } from './registry/history.ts';
import { printPending } from './registry/pending.ts';
import { listRules } from './rules/list-rules.ts';

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
  ['no gaps', (more) => printGaps(config, more)],
  ['no open gaps', (more) => printGaps(config, { open, ...more })],
  [
    'no open gaps of station NUO001 of 1h or more',
    (more) => printGaps(config, { open, station, level: '1h', ...more }),
  ],
  ['nothing is open in quarantine', (more) => printQuarantine(config, more)],
  ['nothing is open in quarantine', (more) => printQuarantine(config, { counts, ...more })],
  [
    'nothing is open in quarantine that fits the selection',
    (more) => printQuarantine(config, { station, ...more }),
  ],
  [
    'nothing in quarantine is resolved',
    (more) => printQuarantine(config, { resolved: true, ...more }),
  ],
  ['no symbol is unknown', (more) => printSymbols(config, more)],
  ['no station is pending', (more) => printPending(config, more)],
  ['no changes of account', (more) => printHistory('account', undefined, config, more)],
  ['no changes of station NUO002', (more) => printHistory('station', 'NUO002', config, more)],
  ['the registry has no rules', (more) => listRules(config, more)],
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
