import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { loadConfiguration } from '@envigate/runtime';
import { Command } from 'commander';
import { registry } from '../../../recorder/src/testing/recorder-scene.ts';
import { ReplayScene } from '../../../recorder/src/testing/replay-scene.ts';
import { addFilesCommands } from './record-commands.ts';

let scene: ReplayScene;
let printed: string[];
beforeEach(async () => {
  scene = await ReplayScene.create();
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await scene?.close();
});

/** `envigate files …` as the shell would call it. */
async function files(...args: readonly string[]): Promise<readonly string[]> {
  printed = [];
  const program = new Command();
  addFilesCommands(program, () =>
    loadConfiguration({ env: { DATABASE_URL: scene.recorder.databaseUrl } }),
  );
  await program.parseAsync(['files', ...args], { from: 'user' });
  return printed;
}

const range = ['--from', '2026-01-01T17:00:00+07:00', '--to', '2026-01-01T18:00:00+07:00'];
const batches = () => scene.database.query('SELECT actor, note FROM replay_batches');

/** S1 sent in UTC, and was registered with +07:00 until now. */
async function withWrongOffset(): Promise<void> {
  await scene.receive('S1_20260101170000.txt', ['TSS;20;mg/L;0'], '2026-01-01T17:01:00.000Z');
  await scene.register({
    ...registry,
    stations: registry.stations.map((station) =>
      station.code === 'S1' ? { ...station, utcOffsetMinutes: 0 } : station,
    ),
  });
}

test('a dry run shows what would change, and asks for nothing', async () => {
  await withWrongOffset();
  expect(await files('reread', '--station', 'S1', ...range, '--dry-run')).toEqual([
    'giá trị mới · new        02/01/2026 00:00:00 TSS   - → 20 mg/L   S1_20260101170000.txt',
    'rút · withdrawn          01/01/2026 17:00:00 TSS   20 mg/L → -   S1_20260101170000.txt',
    '1 tệp, đã xem 1 (chạy thử): 1 tệp sẽ thay đổi, 0 tệp không đọc được · ' +
      '1 files, of which 1 were looked at (dry run): 1 would change, 0 cannot be read',
    '1 giá trị mới, 0 giá trị thay thế, 1 giá trị rút; 1 lượt chờ truyền, 0 lượt đã truyền nay không còn đúng · ' +
      '1 new readings, 0 corrections, 1 withdrawn; 1 deliveries due, 0 deliveries made that are wrong now',
  ]);
  const [json] = await files('reread', '--station', 'S1', ...range, '--dry-run', '--json');
  expect(JSON.parse(json ?? '')).toMatchObject({ files: 1, looked: 1, withdrawn: 1 });
  expect(await batches()).toEqual([]);
});

test('the files are read again; the request and its outcome are shown', async () => {
  await withWrongOffset();
  const note = 'thiết bị chạy giờ UTC';
  await files('reread', '--station', 'S1', ...range, '--note', note, '--no-wait');
  expect(printed).toEqual([
    expect.stringMatching(
      /^lần đọc lại \w{26}: 0 tệp đã đọc \(0 giá trị mới, .*\), 0 tệp trong khu cách ly, 1 đang xử lý · batch \w{26}: 0 files read \(0 new readings, .*\), 0 in quarantine, 1 under way$/,
    ),
  ]);
  expect(await batches()).toEqual([{ actor: expect.any(String), note }]);
  await scene.settle();
  expect(await scene.recorder.readings()).toEqual([
    'S1 TSS 17:00: 20 rev 1 from S1_20260101170000.txt line 1',
  ]);
});

test('the list of files takes its own options as before', async () => {
  await withWrongOffset();
  expect(await files('--station', 'S1')).toHaveLength(2);
});

test.each([
  [range, 'give --station'],
  [['--station', 'S1', ...range, '--account', 'A1'], '--account is no option of `files reread`'],
  [['--station', 'S1'], '--from, --to or both'],
  [['--station', 'S9', ...range], "station 'S9' is not in the registry"],
  [['--station', 'S1', ...range, '--by', 'moon'], '--by must be one of any, data, reception'],
  [
    ['--station', 'S1', '--from', '2026-01-01'],
    '--from: "2026-01-01" is a date without a time of day',
  ],
  [
    ['--station', 'S1', '--from', '2026-01-02T00:00:00Z', '--to', '2026-01-01T00:00:00Z'],
    '--from must be before --to',
  ],
])('%j is refused, and nothing is asked for', async (args, message) => {
  await withWrongOffset();
  await expect(files('reread', ...args)).rejects.toThrow(message);
  expect(await batches()).toEqual([]);
});
