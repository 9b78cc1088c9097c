import { afterEach, describe, expect, test, jest } from '@jest/globals';
import { DeliveryError } from '@envigate/domain';
import { DeliveryScene, ftpTarget } from './testing/delivery-scene.ts';
import { FakeMinistry, broken, unreachable } from './testing/fake-ministry.ts';

// A busy machine is slow, not wrong.
jest.setTimeout(60_000);

const minutes = (count: number): number[] => Array.from({ length: count }, (_, minute) => minute);
const inOrder = (names: readonly string[]): string[] => [...names].sort();

let scene: DeliveryScene;
afterEach(() => scene.end());

describe('a file that the target will never take', () => {
  const tooLarge = (): DeliveryError =>
    new DeliveryError('transfer-failed', 'HTTP 413', { inDoubt: false, refusesFile: true });
  const fast = { setAsideAfter: 3, backOff: { firstMs: 20, longestMs: 40 } };

  test('is set aside once the next one of its station is taken, and the others go on in order', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let tries = 0;
    ministry.behave = async ({ name }) => {
      if (name !== 'A_000001.txt') return undefined;
      tries += 1;
      throw tooLarge();
    };
    await scene.fallDue('bo', 'A', minutes(5));
    scene.forward(ministry.connect, fast);
    await scene.untilNoneDue();
    expect(ministry.namesOf('A')).toEqual([
      ...['A_000000.txt', 'A_000002.txt', 'A_000003.txt', 'A_000004.txt'],
    ]);
    expect(tries).toBe(4); // the third attempt once more after the next one
    const aside = (await scene.deliveries()).find((row) => row.fileName === 'A_000001.txt');
    expect(aside).toMatchObject({
      ...{ state: 'set-aside', attempts: 3, failureCode: 3, failure: 'HTTP 413' },
      endedAt: expect.any(Date),
    });
    expect(scene.happened.filter(({ name }) => name === 'delivery-set-aside')).toHaveLength(1);
    const failed = scene.happened.filter(({ name }) => name === 'delivery-failed');
    expect(failed.length).toBeGreaterThan(0);
    for (const { payload } of failed)
      expect(payload).toMatchObject({ fileName: 'A_000001.txt', refusesFile: true });
    expect(await scene.receipts()).toHaveLength(4);
  });

  test('stays due where no file follows it, and where none that follows is taken', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let tries = 0;
    ministry.behave = async ({ name }) => {
      if (name.startsWith('C')) return undefined;
      tries += 1;
      throw tooLarge();
    };
    await scene.fallDue('bo', 'A', [0]);
    await scene.fallDue('bo', 'B', minutes(4));
    await scene.fallDue('bo', 'C', minutes(30));
    scene.forward(ministry.connect, fast);
    await scene.until(() => tries > 30);
    const states = (await scene.deliveries())
      .filter(({ station }) => station !== 'C')
      .map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['due']));
  });

  test('several of them are set aside one after the other', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    ministry.behave = async ({ name }) => {
      if (/_00000[12]\./.test(name)) throw tooLarge();
      return undefined;
    };
    await scene.fallDue('bo', 'A', minutes(4));
    scene.forward(ministry.connect, fast);
    await scene.untilNoneDue();
    expect(ministry.namesOf('A')).toEqual(['A_000000.txt', 'A_000003.txt']);
    const states = (await scene.deliveries()).map(({ state }) => state).reverse();
    expect(states).toEqual(['sent', 'set-aside', 'set-aside', 'sent']);
  });

  test('is sent, and not set aside, where the target takes it after all', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let isOpen = false;
    ministry.behave = async ({ name }) => {
      if (name === 'A_000001.txt') isOpen = true;
      if (!isOpen) throw broken();
      return undefined;
    };
    await scene.fallDue('bo', 'A', minutes(3));
    scene.forward(ministry.connect, fast);
    await scene.untilNoneDue();
    expect(ministry.namesOf('A').toSorted()).toEqual([
      ...['A_000000.txt', 'A_000001.txt', 'A_000002.txt'],
    ]);
    const late = ministry.taken.find(({ name }) => name === 'A_000000.txt');
    expect(late).toMatchObject({ resend: true });
    expect((await scene.deliveries()).every(({ state }) => state === 'sent')).toBe(true);
  });

  test('is not blamed for a target that cannot be reached', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let tries = 0;
    ministry.behave = async ({ name }) => {
      if (name !== 'A_000000.txt' || ++tries > 8) return undefined;
      throw unreachable();
    };
    await scene.fallDue('bo', 'A', minutes(3));
    scene.forward(ministry.connect, fast);
    await scene.untilNoneDue();
    expect(ministry.namesOf('A')).toEqual(['A_000000.txt', 'A_000001.txt', 'A_000002.txt']);
  });
});

test.each([
  ['that breaks off', broken],
  ['that cannot be reached', unreachable],
])('a backlog drains through a target %s after every few files', async (_, fail) => {
  scene = await DeliveryScene.create(ftpTarget('bo'));
  const ministry = new FakeMinistry();
  let asked = 0;
  ministry.behave = async () => {
    if (++asked % 3 === 0) throw fail();
    return undefined;
  };
  await scene.fallDue('bo', 'A', minutes(40));
  const begin = performance.now();
  scene.forward(ministry.connect, { backOff: { firstMs: 50, longestMs: 60_000 } });
  await scene.untilNoneDue();
  expect(performance.now() - begin).toBeLessThan(15_000);
  const names = ministry.namesOf('A');
  expect(names).toEqual(inOrder(names));
  expect(names).toHaveLength(40);
  const lanes = await scene.database.query('SELECT failures FROM delivery_lanes');
  expect(lanes).toEqual([{ failures: 0 }]);
});
