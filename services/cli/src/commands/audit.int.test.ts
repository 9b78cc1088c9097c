import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { loadConfiguration } from '@envigate/runtime';
import {
  normalised,
  quarantined,
  RecorderScene,
} from '../../../recorder/src/testing/recorder-scene.ts';
import { migrateStores } from './set-up.ts';
import { printAudit, printHead, type AuditOptions } from './audit.ts';

let scene: RecorderScene;
let config: Configuration;
let dataDir: string;
let printed: string[] = [];
let reported: string[] = [];
beforeAll(async () => {
  scene = await RecorderScene.create();
  dataDir = await mkdtemp(join(tmpdir(), 'envigate-audit-'));
  const env = { DATABASE_URL: scene.databaseUrl, ENVIGATE_DATA_DIR: dataDir };
  config = await loadConfiguration({ env });
  await migrateStores(config);
  await scene.record(normalised('1.txt', ['pH 0 7.1', 'TSS 0 12']));
  await scene.record(quarantined('2.txt', 'bad'));
});
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  jest.spyOn(console, 'error').mockImplementation((line) => void reported.push(String(line)));
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  await scene?.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Printed {
  readonly status: number;
  readonly lines: readonly string[];
}

async function audit(options: AuditOptions = {}): Promise<Printed> {
  printed = [];
  reported = [];
  const status = await printAudit(config, options);
  return { status, lines: printed };
}

const intact = 'sổ ghi nhận tệp còn nguyên vẹn · the ledger is intact';

test('says what was proven and what was not looked at, the first time and from the checkpoint on', async () => {
  const first = await audit();
  expect(first.status).toBe(0);
  expect(first.lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^lượt nhận · receptions +2$/),
      expect.stringMatching(/chưa xác định · unaccounted +0$/),
      'đã kiểm tra từ lượt nhận đầu tiên: 2 lượt · proven from the first reception on: 2 receptions',
      intact,
    ]),
  );
  await scene.record(normalised('3.txt', ['pH 5 7.2']));
  const second = await audit();
  expect(second.status).toBe(0);
  expect(second.lines.slice(-3)).toEqual([
    expect.stringMatching(
      /^đã kiểm tra từ mốc lúc .*: 1 lượt nhận mới; .* · proven since .*: 1 receptions/,
    ),
    expect.stringMatching(
      /^không kiểm tra lại 2 lượt nhận trước đó, .*--full.* · not looked at again: the 2 /,
    ),
    intact,
  ]);
  const [json] = (await audit({ json: true })).lines;
  expect(JSON.parse(json!)).toMatchObject({
    ...{
      receptions: 3,
      stored: 2,
      quarantined: 1,
      unaccounted: 0,
      ledgerFaults: [],
      faultCount: 0,
    },
    scope: {
      mode: 'since-checkpoint',
      chains: expect.arrayContaining([{ chain: 'station.readings/0', before: 2, to: 2 }]),
      notLookedAt: { vi: expect.any(String), en: expect.any(String) },
    },
  });
});

test('everything on request, under both names', async () => {
  for (const options of [{ full: true }, { verify: true }] as const) {
    const { status, lines } = await audit(options);
    expect(status).toBe(0);
    expect(lines.slice(-2)).toEqual([
      'đã kiểm tra từ lượt nhận đầu tiên: 3 lượt · proven from the first reception on: 3 receptions',
      intact,
    ]);
  }
});

test('a signal ends it between two pieces; --full goes on there and says so', async () => {
  const running = audit({ full: true });
  process.emit('SIGINT');
  expect((await running).status).toBe(130);
  expect(reported.at(-1)).toMatch(/tiếp tục từ đây · interrupted; `envigate audit --full` goes on/);
  expect((await audit({ full: true })).status).toBe(0);
  expect(reported[0]).toMatch(/^tiếp tục lần kiểm tra bắt đầu lúc .* · going on with the audit/);
  await audit({ full: true, restart: true });
  expect(reported).toEqual([]);
});

test('one audit of everything runs at a time', async () => {
  const lock = await scene.database.advisoryLock('envigate audit --full');
  await expect(audit({ full: true })).rejects.toThrow(
    'another `envigate audit --full` is under way',
  );
  await lock?.release();
});

describe('a head', () => {
  test('is printed as one line, proven from a text and from a file', async () => {
    printed = [];
    await printHead(config, {});
    expect(printed).toHaveLength(1);
    const [line = ''] = printed;
    expect(line).toMatch(
      /^envigate-head-v1 \S+Z station\.quarantine\/0=1:[0-9a-f]{64} station\.readings\/0=2:[0-9a-f]{64} sha256=[0-9a-f]{64}$/,
    );
    const file = join(dataDir, 'head.txt');
    await writeFile(file, `Kính gửi,\n${line}\n`);
    for (const sinceHead of [line, file]) {
      const { status, lines } = await audit({ sinceHead });
      expect(status).toBe(0);
      expect(lines.at(-3)).toMatch(/^đã kiểm tra từ mã đã lưu .* · proven since the noted head/);
    }
    await scene.database.execute(
      `UPDATE receptions SET chain_hash = sha256('x') WHERE spool_sequence = 2`,
    );
    const { status, lines } = await audit({ sinceHead: line });
    expect(status).toBe(1);
    expect(lines).toContain(
      'lỗi · fault: station.quarantine/0 #1 khác với mã đã lưu · station.quarantine/0 #1 is not as the noted head has it',
    );
    await expect(audit({ sinceHead: line.replace('=2:', '=3:') })).rejects.toThrow(
      'the line was changed',
    );
    await expect(audit({ sinceHead: 'nowhere.txt' })).rejects.toThrow(
      "'nowhere.txt' cannot be read",
    );
  });

  test('goes with no other kind of audit', async () => {
    await expect(audit({ full: true, sinceHead: 'envigate-head-v1' })).rejects.toThrow(
      'not complete',
    );
    await expect(audit({ restart: true })).rejects.toThrow('--restart belongs to --full');
  });
});
