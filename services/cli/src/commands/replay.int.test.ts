import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Registry } from '@envigate/contracts';
import { loadConfiguration } from '@envigate/runtime';
import { Command } from 'commander';
import { reception, registry } from '../../../recorder/src/testing/recorder-scene.ts';
import { ReplayScene } from '../../../recorder/src/testing/replay-scene.ts';
import { addQuarantineCommands } from './quarantine-commands.ts';

const withDevice: Registry = {
  ...registry,
  profiles: [
    {
      ...{ code: 'DEVICE', name: 'Thiết bị ghi thêm số máy', separator: 'tab' },
      columns: ['ignored', 'symbol', 'value', 'unit', 'time', 'status'],
    },
  ],
};

let scene: ReplayScene;
let printed: string[];
beforeEach(async () => {
  scene = await ReplayScene.create(withDevice);
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await scene.close();
});

/** `envigate quarantine replay …` as the shell would call it. */
async function replay(...args: readonly string[]): Promise<void> {
  const program = new Command();
  addQuarantineCommands(program, () =>
    loadConfiguration({ env: { DATABASE_URL: scene.recorder.databaseUrl } }),
  );
  await program.parseAsync(['quarantine', 'replay', ...args], { from: 'user' });
}

const batches = () =>
  scene.database.query(
    'SELECT profile, station, note, as_whole FROM replay_batches WHERE NOT automatic',
  );

test('a file is read by the profile that is named, which is foreseen', async () => {
  await scene.receive('S2_20260101170001.txt', ['7\tpH\t7.1\t\t20260101170000\t00']);

  await replay('--reason', 'unknown-form', '--profile', 'DEVICE', '--dry-run');
  expect(printed).toEqual([
    'đọc được · readable   S2_20260101170001.txt   S2, 1 giá trị · readings',
    '1 tệp, đã xem 1 (chạy thử) · 1 files, of which 1 were looked at (dry run)',
  ]);
  expect(await batches()).toEqual([]);

  const note = 'thiết bị mới';
  await replay('--reason', 'unknown-form', '--profile', 'DEVICE', '--note', note, '--no-wait');
  expect(await batches()).toEqual([{ profile: 'DEVICE', station: null, note, as_whole: false }]);
  await scene.settle();
  expect(await scene.recorder.readings()).toEqual([
    'S2 pH 10:00: 7.1 rev 1 from S2_20260101170001.txt line 1',
  ]);
});

test('an interrupted file is read where its operator says that it is whole', async () => {
  const content = Buffer.from('pH\t7.1\t\t20260101170000\t00\r\n');
  await scene.pass({
    type: 'station-file.v2',
    reception: { ...reception('S2_20260101170001.txt', content), interrupted: true },
    content,
  });
  const asked = ['--reason', 'interrupted'];
  await replay(...asked, '--no-wait');
  await scene.settle();
  expect(await scene.recorder.readings()).toEqual([]);

  await replay(...asked, '--as-whole', '--note', 'luôn reset', '--no-wait');
  expect(await batches()).toContainEqual({
    ...{ profile: null, station: null },
    ...{ note: 'luôn reset', as_whole: true },
  });
  await scene.settle();
  expect(await scene.recorder.readings()).toHaveLength(1);
});

test('only a row of reason clock-reset can be discarded', async () => {
  await scene.receive('S2_20260101170001.txt', ['7\tpH\t7.1\t\t20260101170000\t00']);
  const program = new Command();
  addQuarantineCommands(program, () =>
    loadConfiguration({ env: { DATABASE_URL: scene.recorder.databaseUrl } }),
  );
  const [row] = await scene.database.query<{ id: number }>(
    'SELECT quarantine_id AS id FROM quarantine',
  );
  const id = String(row?.id);
  const discard = () =>
    program.parseAsync(['quarantine', 'discard', id, '--note', 'pin hết'], { from: 'user' });
  await expect(discard()).rejects.toThrow(
    `not discarded: ${id}; only open rows of reason clock-reset`,
  );
  await scene.database.execute(`UPDATE quarantine SET reason = 'clock-reset'`);
  await discard();
  expect(printed).toEqual([`mục ${id}: không tiếp nhận · row ${id} is discarded`]);
  expect(
    await scene.database.query(
      'SELECT resolution, discard_note FROM quarantine WHERE quarantine_id = $1',
      [id],
    ),
  ).toEqual([{ resolution: 'discarded', discard_note: 'pin hết' }]);
});

test.each([
  [['--profile', 'NONE'], "profile 'NONE' is not in the registry"],
  [['--assign-station', 'S9'], "station 'S9' is not in the registry"],
])('%j is refused, and nothing is asked for', async (args, message) => {
  await scene.receive('S2_20260101170001.txt', ['7\tpH\t7.1\t\t20260101170000\t00']);
  await expect(replay('--all', ...args)).rejects.toThrow(message);
  expect(await batches()).toEqual([]);
});
