import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { wordsOf } from '@envigate/domain';
import { replayDesk } from '@envigate/postgres';
import { reception, registry } from './testing/recorder-scene.ts';
import { ReplayScene } from './testing/replay-scene.ts';

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create();
});
afterEach(() => scene.close());

describe('a file whose upload broke off', () => {
  const broken = async () => {
    const file = await scene.receive('S1_20260101170001.txt', []);
    const content = Buffer.from('pH\t7.1\t\t20260101170000\t00\r\n');
    const arrival = reception('S1_20260101170005.txt', content);
    const sent = { ...file, reception: arrival, content };
    await scene.pass({ ...sent, reception: { ...arrival, interrupted: true } });
    return sent;
  };
  const replayed = async () => {
    await scene.request({ selection: { kind: 'quarantine', reason: 'interrupted' } });
    await scene.settle();
    return (await scene.quarantine()).filter((row) => row.includes('interrupted'));
  };

  test('is not treated as complete by a replay', async () => {
    await broken();
    expect(await replayed()).toEqual(['file 0 interrupted open']);
    expect(await scene.recorder.readings()).toEqual([]);
  });

  test('is whole where a person says so: read once, with who and why', async () => {
    await broken();
    const batch = await scene.request({
      ...{ selection: { kind: 'quarantine', reason: 'interrupted' }, asWhole: true },
      note: 'thiết bị luôn reset',
    });
    const [replay, ...more] = await scene.settle();
    expect(more).toEqual([]);
    expect(replay?.reception).toMatchObject({ interrupted: true, replay: { asWhole: true } });
    expect(await scene.quarantine()).toContain('file 0 interrupted understood');
    expect(await scene.recorder.readings()).toHaveLength(1);
    expect(await replayDesk(scene.database).batch(batch)).toMatchObject({
      ...{ asWhole: true, note: 'thiết bị luôn reset', stored: 1, newReadings: 1 },
    });
    const [mark] = await scene.database.query<{ detail: string }>(
      `SELECT warnings->0->>'detail' AS detail FROM receptions WHERE spool_id = 'replay'`,
    );
    expect(wordsOf(mark?.detail ?? '').en).toMatch(
      /by nguyenvana at .* as whole: thiết bị luôn reset$/,
    );
    expect(await scene.faults()).toEqual([]);
  });

  test('is not made whole by a change of the registry', async () => {
    await broken();
    await scene.register({ ...registry, stations: registry.stations.slice().reverse() });
    expect(await scene.settle()).toEqual([]);
    expect(await scene.quarantine()).toContain('file 0 interrupted open');
  });

  test('stays whole, once said so, while it waits for something else', async () => {
    await scene.register({ ...registry, accounts: [] });
    await broken();
    const selection = { kind: 'quarantine', reason: 'interrupted' } as const;
    await scene.request({ selection, asWhole: true });
    await scene.settle();
    expect(await scene.quarantine()).toEqual([
      'file 0 unknown-account open',
      'file 0 interrupted other-reason',
      'file 0 unknown-account open',
    ]);
    await scene.register(registry);
    const [replay] = await scene.settle();
    expect(replay?.reception.replay).toMatchObject({ automatic: true });
    expect(replay?.reception.interrupted).toBeUndefined();
    expect(await scene.recorder.readings()).toHaveLength(1);
    expect(await scene.quarantine()).toContain('file 0 unknown-account understood');
    expect(await scene.faults()).toEqual([]);
  });

  test('is whole where the same bytes came again', async () => {
    const sent = await broken();
    await scene.pass({
      ...sent,
      reception: reception(sent.reception.name, Buffer.from(sent.content)),
    });
    expect(await replayed()).toEqual(['file 0 interrupted understood']);
    expect(await scene.recorder.readings()).toHaveLength(1);
  });
});
