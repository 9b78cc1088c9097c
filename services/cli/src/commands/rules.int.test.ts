import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Configuration, Registry, Rule } from '@envigate/contracts';
import { importRegistry } from '@envigate/postgres';
import { loadConfiguration } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { applyRules, listRules, tryRules } from './rules.ts';

const flat: Rule = { code: 'flat', version: 1, kind: 'flat-line', minutes: 15 };
const registry: Registry = {
  facilities: [{ code: 'F', name: 'F' }],
  parameters: [{ code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L' }],
  targets: [],
  stations: [{ code: 'S1', facility: 'F', name: 'S1', kind: 'waste-water' }],
  accounts: [],
  rules: [flat],
};
const range = { from: '2026-03-25T00:00:00+07:00', to: '2026-03-26T00:00:00+07:00' };

let db: TestDatabase;
let folder: string;
let config: Configuration;
let printed: string[];
beforeEach(async () => {
  db = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'envigate-rules-'));
  config = await loadConfiguration({ env: { DATABASE_URL: db.url } });
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  await importRegistry(db.database, registry, { actor: 'officer' });
  await db.database.execute(`INSERT INTO station_keys (station) VALUES ('S1')`);
  await db.database.execute(`INSERT INTO parameter_keys (parameter) VALUES ('COD')`);
  await db.database.execute(
    `INSERT INTO readings (station_id, parameter_id, instant, revision, value, unit, raw_value,
                           raw_unit, status, flag, reasons, file_no, line, recorded_at)
     SELECT station_id, parameter_id, timestamptz '2026-03-25T00:00:00+07:00' + n * interval '5 min',
            1, 7, 'mg/L', '7', 'mg/L', '00', 1, '{}', 1, 1, now()
     FROM station_keys, parameter_keys, generate_series(0, 3) n`,
  );
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
  await db.drop();
});

const due = () => db.database.query('SELECT station_id FROM assessment_due');

test('list reports thresholds, and which of them nobody confirmed', async () => {
  await listRules(config, {});
  expect(printed).toEqual([
    expect.stringMatching(
      /^flat@1 +không đổi · flat line +15 phút, sai khác không quá 0 · 15 min, within 0 +CHƯA XÁC NHẬN · UNVERIFIED$/,
    ),
  ]);
});

test('try reports what a rule would change, with examples, and changes nothing', async () => {
  await tryRules('flat', config, range);
  expect(printed).toEqual([
    [
      'S1               COD        4 gắn cờ mới · newly flagged',
      ...['00:00', '00:05', '00:10'].map(
        (time) => `    25/03/2026 ${time}:00  – → flat-line@1[flat: 15 min]`,
      ),
    ].join('\n'),
    '4 gắn cờ mới, 0 bỏ cờ, 0 đổi cờ hoặc lý do (chạy thử, không thay đổi số liệu) · ' +
      '4 newly flagged, 0 no longer flagged, 0 changed (trial run: nothing was changed)',
  ]);
  expect(await db.database.query('SELECT FROM reading_assessments')).toEqual([]);
  expect(await due()).toEqual([]);
});

test('try takes the rules of a file in the place of their namesakes', async () => {
  const file = join(folder, 'rules.yaml');
  await writeFile(file, JSON.stringify({ rules: [{ ...flat, version: 2, minutes: 20 }] }));
  await tryRules(file, config, range);
  expect(printed).toEqual([
    '0 gắn cờ mới, 0 bỏ cờ, 0 đổi cờ hoặc lý do (chạy thử, không thay đổi số liệu) · ' +
      '0 newly flagged, 0 no longer flagged, 0 changed (trial run: nothing was changed)',
  ]);
});

test('try reports what is wrong with a file, and what is neither rule nor file', async () => {
  const file = join(folder, 'rules.yaml');
  await writeFile(file, JSON.stringify({ rules: [{ ...flat, parameters: ['CODE'] }] }));
  await expect(tryRules(file, config, range)).rejects.toThrow(
    `${file} có lỗi · ${file} has faults:\n` +
      "/rules/0/parameters/0 có mã thông số chưa khai báo: 'CODE' · /rules/0/parameters/0 has the unknown parameters code 'CODE'",
  );
  await writeFile(file, JSON.stringify({ rules: [{ ...flat, minutes: 0 }] }));
  await expect(tryRules(file, config, range)).rejects.toThrow(
    `${file} có lỗi · ${file} has faults:\n` +
      '/rules/0/minutes phải lớn hơn 0 · /rules/0/minutes must be > 0',
  );
  await expect(tryRules('flot', config, range)).rejects.toThrow(
    "'flot' is neither a rule of the registry nor a file",
  );
});

test('apply puts days with readings in the range on the list of the assessor', async () => {
  await applyRules(config, { ...range, to: '2026-03-24T23:00:00Z', station: 'S1' });
  expect(printed).toEqual([
    'đã xếp 1 ngày-trạm để kiểm tra lại · 1 days of stations are queued for assessment',
  ]);
  expect(await due()).toHaveLength(1);
});

test('a time without an offset is refused', async () => {
  await expect(applyRules(config, { from: '2026-03-25T00:00:00' })).rejects.toThrow(
    '--from: "2026-03-25T00:00:00" is not a time',
  );
});
