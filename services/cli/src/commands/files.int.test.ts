import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Configuration } from '@envigate/contracts';
import { loadConfiguration } from '@envigate/runtime';
import { ReplayScene } from '../../../recorder/src/testing/replay-scene.ts';
import { printFiles, type FilesOptions } from './files.ts';

let scene: ReplayScene;
let config: Configuration;
let printed: string[];
beforeEach(async () => {
  scene = await ReplayScene.create();
  config = await loadConfiguration({ env: { DATABASE_URL: scene.recorder.databaseUrl } });
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await scene?.close();
});

async function files(options: FilesOptions): Promise<readonly string[]> {
  printed = [];
  await printFiles(config, options);
  return printed;
}
const at = (minute: number): string => `2026-01-01T10:0${minute}:00.000Z`;

test('says what became of each file, the newest first: its readings, and where they went', async () => {
  await scene.receive('S1_20260101170000.txt', ['pH;7.1', 'TSS;20'], at(1));
  await scene.receive('S1_20260101170000.txt', ['pH;7.1', 'TSS;20'], at(2));
  expect(await files({})).toEqual([
    '01/01/2026 17:02:00 trùng · duplicate     S1_20260101170000.txt   A1 / S1   đã nhận trước đó · known before',
    '01/01/2026 17:01:00 đã lưu · stored       S1_20260101170000.txt   A1 / S1   2 giá trị mới · new readings',
    expect.stringMatching(
      /^ {20}ministry: chờ truyền · waiting, từ · since \d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/,
    ),
  ]);
  await scene.database.execute(
    `UPDATE deliveries SET state = 'sent', ended_at = '2026-01-01T10:03:00Z', receipt = 'got it'`,
  );
  expect((await files({ outcome: 'stored' })).at(-1)).toBe(
    '                    ministry: đã truyền · sent 01/01/2026 17:03:00, xác nhận · receipt got it',
  );
  await scene.database.execute(
    `UPDATE deliveries SET state = 'refused', receipt = NULL, failure_code = 4, failure = 'no such form'`,
  );
  expect((await files({ outcome: 'stored' })).at(-1)).toBe(
    '                    ministry: bị từ chối · refused 01/01/2026 17:03:00, sai định dạng · invalid format: no such form',
  );
});

test('says why a file was not understood, in both languages, and what to do', async () => {
  await scene.receive('my-file.txt', ['pH;7.1'], at(1));
  expect(await files({ name: 'my-file.txt' })).toEqual([
    '01/01/2026 17:01:00 cách ly · quarantined my-file.txt   A1   không đọc được · not understood',
    expect.stringMatching(/^ {20}unknown-station: .*[ạảấầộố].* · The /u),
    expect.stringMatching(/^ {20} {2}yêu cầu · expected: .+ · .+/),
    '                    xem thêm · more: envigate quarantine list --text my-file.txt, envigate quarantine show <number>',
  ]);
});

test('says which lines of a file were not understood, each reason once', async () => {
  const lines = ['pH;7.1', 'TSS\t20\tmg/L\tgestern\t00', 'pH\t7\t-\theute\t00'];
  await scene.receive('S1_20260101170000.txt', lines, at(1));
  const [first, reason, expected] = await files({});
  expect(first).toBe(
    '01/01/2026 17:01:00 đã lưu · stored       S1_20260101170000.txt   A1 / S1   1 giá trị mới · new readings, 2 dòng không đọc được · lines not understood',
  );
  expect(reason).toMatch(
    /^ {20}time-unreadable \(2 dòng · lines, từ dòng · from line 2\): .+ · .+/,
  );
  expect(expected).toMatch(/^ {20} {2}yêu cầu · expected: .+ · .+/);
});

test('gives programs a line for each, with reasons and deliveries', async () => {
  await scene.receive('my-file.txt', ['pH;7.1'], at(1));
  await scene.receive('S1_20260101170000.txt', ['pH;7.1'], at(2));
  const [stored, unknown] = (await files({ json: true })).map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
  expect(stored).toMatchObject({
    name: 'S1_20260101170000.txt',
    outcome: 'stored',
    notUnderstood: [],
    deliveries: [{ target: 'ministry', state: 'due' }],
  });
  expect(unknown).toMatchObject({
    outcome: 'quarantined',
    notUnderstood: [{ reason: 'unknown-station', open: 1 }],
    deliveries: [],
  });
});

test('shows the newest, and says that there are more', async () => {
  for (const minute of [1, 2, 3])
    await scene.receive(`S1_2026010117000${minute}.txt`, [`pH;7.${minute}`], at(minute));
  expect(await files({ limit: '2', json: true })).toHaveLength(2);
  const shown = await files({ limit: '2' });
  expect(shown.filter((line) => line.includes('stored'))).toHaveLength(2);
  expect(shown.at(-1)).toBe(
    '2 lượt mới nhất, xem thêm bằng --limit · the newest 2; --limit shows more',
  );
  expect(await files({ limit: '3' })).not.toContain(
    '3 lượt mới nhất, xem thêm bằng --limit · the newest 3; --limit shows more',
  );
});

test.each<[string, FilesOptions, string, string]>([
  ['nothing at all', {}, 'chưa ghi nhận tệp nào', 'no file is recorded'],
  ['nothing of a name', { name: 'x.txt' }, 'chưa ghi nhận tệp x.txt', 'no file x.txt is recorded'],
  [
    'nothing else',
    { station: 'S1', outcome: 'stored' },
    'chưa ghi nhận tệp nào theo điều kiện lọc',
    'no file that fits is recorded',
  ],
])('says that there is %s, and where a file may still be', async (_what, options, vi, en) => {
  expect(await files(options)).toEqual([
    `${vi}; tệp vừa gửi xuất hiện sau vài giây, tệp có dấu hiệu bị cắt được tạm giữ: envigate held list · ${en}; one that has just been sent appears within seconds, one that looks cut off waits: envigate held list`,
  ]);
  expect(await files({ ...options, json: true })).toEqual([]);
});

test.each<[FilesOptions, string]>([
  [{ outcome: 'lost' }, "--outcome must be one of stored, duplicate, quarantined, not 'lost'"],
  [{ limit: '0' }, "--limit must be a number from 1 to 1000, not '0'"],
  [{ limit: 'all' }, "--limit must be a number from 1 to 1000, not 'all'"],
  [
    { from: 'yesterday' },
    '--from: "yesterday" is not a time in a known form; write it like 25/03/2026 00:00',
  ],
  [{ station: 's1' }, "station 's1' is not in the registry"],
])('refuses %j', async (options, message) => {
  await expect(files(options)).rejects.toThrow(message);
});
