import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { reception } from '../testing/recorder-scene.ts';
import { ReplayScene } from '../testing/replay-scene.ts';

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
    const sent = { ...file, reception: arrival, content: content.toString('base64') };
    await scene.pass({ ...sent, reception: { ...arrival, interrupted: true } });
    return sent;
  };
  const replayed = async () => {
    await scene.request({ selection: { kind: 'quarantine', reason: 'interrupted' } });
    await scene.settle();
    return (await scene.quarantine()).filter((row) => row.includes('interrupted'));
  };

  test('is not taken for whole by a replay', async () => {
    await broken();
    expect(await replayed()).toEqual(['file 0 interrupted open']);
    expect(await scene.recorder.readings()).toEqual([]);
  });

  test('is whole where the same bytes came again', async () => {
    const sent = await broken();
    await scene.pass({
      ...sent,
      reception: reception(sent.reception.name, Buffer.from(sent.content, 'base64')),
    });
    expect(await replayed()).toEqual(['file 0 interrupted understood']);
    expect(await scene.recorder.readings()).toHaveLength(1);
  });
});
