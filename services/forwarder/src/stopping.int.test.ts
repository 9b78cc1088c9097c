import { afterEach, describe, expect, test, jest } from '@jest/globals';
import { DeliveryScene, ftpTarget } from './testing/delivery-scene.ts';
import { FakeMinistry, broken } from './testing/fake-ministry.ts';

// A busy machine is slow, not wrong.
jest.setTimeout(60_000);

const minutes = (count: number): number[] => Array.from({ length: count }, (_, minute) => minute);

let scene: DeliveryScene;
afterEach(() => scene.end());

describe('what stops the forwarder', () => {
  test('stops after the file in hand; what it did not try is not in doubt', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begun = false;
    ministry.behave = async () => {
      begun = true;
      await held;
      return undefined;
    };
    await scene.fallDue('bo', 'A', minutes(5));
    const running = scene.forward(ministry.connect);
    await scene.until(() => begun);
    const stopping = running.stop();
    release();
    await stopping;

    expect(ministry.namesOf('A')).toEqual(['A_000000.txt']);
    expect((await scene.deliveries()).map((row) => [row.state, row.attempts, row.inDoubt])).toEqual(
      [
        ['due', 0, false],
        ['due', 0, false],
        ['due', 0, false],
        ['due', 0, false],
        ['sent', 1, false],
      ],
    );
    expect(ministry.connections).toBe(0);
  });

  test('deliveries of a target that the registry does not know stay due', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'), { ...ftpTarget('off'), disabled: true });
    const ministry = new FakeMinistry();
    for (const target of ['gone', 'off', 'bo']) await scene.fallDue(target, 'A', [0]);
    scene.forward(ministry.connect);
    await scene.untilNoneDue('bo');
    expect(ministry.taken.map(({ target }) => target)).toEqual(['bo']);
    const due = (await scene.deliveries()).filter((row) => row.state === 'due');
    expect(due.map((row) => [row.target, row.attempts])).toEqual([
      ['off', 0],
      ['gone', 0],
    ]);
  });

  test.each<[what: string, after: Parameters<DeliveryScene['setTargets']>]>([
    ['disabled', [{ ...ftpTarget('bo'), disabled: true }]],
    ['removed', []],
  ])('a target that is %s gets nothing more after the file in hand', async (_what, after) => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    ministry.behave = async ({ name }) => {
      if (name === 'A_000002.txt') scene.setTargets(...after);
      return undefined;
    };
    await scene.fallDue('bo', 'A', minutes(40));
    scene.forward(ministry.connect, { connectionsPerTarget: 1, batchFiles: 5, pollMs: 100 });
    await scene.until(() => ministry.taken.length > 0 && ministry.connections === 0);
    expect(ministry.namesOf('A')).toEqual(['A_000000.txt', 'A_000001.txt', 'A_000002.txt']);
    const due = (await scene.deliveries()).filter(({ state }) => state === 'due');
    expect(due).toHaveLength(37);
    expect(due.every(({ attempts, inDoubt }) => attempts === 0 && !inDoubt)).toBe(true);

    scene.setTargets(ftpTarget('bo'));
    await scene.untilNoneDue();
    expect(ministry.namesOf('A')).toHaveLength(40);
  });

  test('a target that is disabled gets no last try of a file that it never took', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let tries = 0;
    ministry.behave = async ({ name }) => {
      if (name === 'A_000001.txt') scene.setTargets({ ...ftpTarget('bo'), disabled: true });
      if (name !== 'A_000000.txt') return undefined;
      tries += 1;
      throw broken();
    };
    await scene.fallDue('bo', 'A', minutes(3));
    scene.forward(ministry.connect, { setAsideAfter: 2, pollMs: 100 });
    await scene.until(() => ministry.taken.length > 0 && ministry.connections === 0);
    expect(ministry.namesOf('A')).toEqual(['A_000001.txt']);
    expect(tries).toBe(2);
    const states = (await scene.deliveries()).map(({ state }) => state).toSorted();
    expect(states).toEqual(['due', 'due', 'sent']);
  });
});
