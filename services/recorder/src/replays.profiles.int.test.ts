import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { wordsOf } from '@envigate/domain';
import type { Profile, Registry } from '@envigate/contracts';
import { replayDesk } from '@envigate/postgres';
import { registry } from './testing/recorder-scene.ts';
import { ReplayScene } from './testing/replay-scene.ts';

const device: Profile = {
  ...{ code: 'DEVICE', name: 'Thiết bị ghi thêm số máy', separator: 'tab' },
  columns: ['ignored', 'symbol', 'value', 'unit', 'time', 'status'],
};
const withDevice: Registry = { ...registry, profiles: [device] };

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create(withDevice);
});
afterEach(() => scene.close());

test('a file is read by the profile that a person names', async () => {
  await scene.receive('S2_20260101170001.txt', ['7\tpH\t7.1\t\t20260101170000\t00']);
  expect(await scene.quarantine()).toContain('file 0 unknown-form open');
  const batch = await scene.request({ selection: { kind: 'quarantine' }, profile: 'DEVICE' });
  await scene.settle();
  expect(await scene.recorder.readings()).toEqual([
    'S2 pH 10:00: 7.1 rev 1 from S2_20260101170001.txt line 1',
  ]);
  expect((await scene.quarantine()).filter((row) => !row.endsWith('understood'))).toEqual([]);
  expect(await scene.database.query('SELECT state, form FROM files')).toMatchObject([
    { state: 'stored', form: 'custom tab utf-8 by DEVICE' },
  ]);
  expect(await replayDesk(scene.database).batch(batch)).toMatchObject({
    ...{ profile: 'DEVICE', stored: 1, newReadings: 1 },
  });
  const [mark] = await scene.database.query<{ detail: string }>(
    `SELECT warnings->0->>'detail' AS detail FROM receptions WHERE spool_id = 'replay'`,
  );
  expect(wordsOf(mark?.detail ?? '').en).toMatch(/by nguyenvana at .* by profile DEVICE$/);
  await scene.request({ selection: { kind: 'quarantine' }, profile: 'DEVICE' });
  expect(await scene.settle()).toEqual([]);
  expect(await scene.faults()).toEqual([]);
});

describe('a registry that gains a profile', () => {
  const headed: Profile = { code: 'HEADED', name: 'Thiết bị ghi tên máy', headerLines: 1 };
  const lines = ['Máy 7\tNhà máy', 'pH;7.2;;5'];
  const gain = (profile: Profile) =>
    scene.register({
      ...{ ...registry, profiles: [profile] },
      accounts: [{ ...registry.accounts[0]!, profiles: [profile.code] }],
    });
  const open = async () => (await scene.quarantine()).filter((row) => row.endsWith('open'));

  test('has what only it can read replayed by itself, once', async () => {
    await scene.receive('S2_20260101170001.txt', ['7\tTSS\t9\tmg/L\t20260101170000\t00']);
    await scene.receive('S2_20260101170002.txt', lines);
    expect(await open()).toEqual([
      'file 0 unknown-form open',
      'line 1 wrong-column-count open',
      'line 1 wrong-column-count open',
    ]);
    // Tried with this revision in vain: that is no reason not to try with the next.
    await scene.register({ ...withDevice, profiles: [] });
    expect(await scene.settle()).toEqual([]);

    await gain(headed);
    expect(await scene.settle()).toHaveLength(1);
    await gain(device);
    expect(await scene.settle()).toHaveLength(1);
    expect(await scene.recorder.readings()).toEqual([
      'S2 TSS 10:00: 9 rev 1 from S2_20260101170001.txt line 1',
      'S2 pH 10:05: 7.2 rev 1 from S2_20260101170002.txt line 2',
    ]);
    expect(await open()).toEqual([]);
    expect(await scene.database.query('SELECT automatic FROM replay_batches')).toEqual([
      { automatic: true },
      { automatic: true },
    ]);
    expect(await scene.recorder.readings('reading_revisions')).toEqual([]);
    expect(await scene.faults()).toEqual([]);
  });

  test('that is for other files leaves them alone', async () => {
    await scene.receive('S2_20260101170002.txt', lines);
    await gain({ ...headed, fileNames: ['S1_*'] });
    expect(await scene.settle()).toEqual([]);
    expect(await open()).toEqual(['line 1 wrong-column-count open']);
  });

  test('that would refuse a line which is understood takes nothing back by itself', async () => {
    await scene.receive('S2_20260101170002.txt', ['pH;7.2;;5', '7\tpH\t7.3\t\t20260101171000\t00']);
    await gain(device);
    expect(await scene.settle()).toEqual([]);
    expect(await open()).toEqual(['line 2 wrong-column-count open']);
    expect(await scene.recorder.readings()).toHaveLength(1);
  });
});
