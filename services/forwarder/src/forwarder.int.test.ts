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

describe('the forwarder', () => {
  test('delivers each file once, in data order within a station, whatever order it came in', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    for (const station of ['A', 'B', 'C']) {
      await scene.fallDue('bo', station, minutes(35).reverse());
    }
    ministry.behave = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return undefined;
    };
    scene.forward(ministry.connect);
    await scene.untilNoneDue();

    expect(ministry.taken).toHaveLength(105);
    for (const station of ['A', 'B', 'C']) {
      const names = ministry.namesOf(station);
      expect(names).toHaveLength(35);
      expect(names).toEqual(inOrder(names));
    }
    expect(ministry.mostAtOnce).toBeGreaterThan(1);
  });

  test('records state, receipt and event of each delivery', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    await scene.fallDue('bo', 'A', [0, 1]);
    scene.forward(ministry.connect);
    await scene.untilNoneDue();

    const rows = await scene.deliveries();
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toMatchObject({
        state: 'sent',
        attempts: 1,
        inDoubt: false,
        resend: false,
        receipt: `got ${row.fileName}`,
        failureCode: null,
        endedAt: expect.any(Date),
      });
    }
    expect(await scene.receipts()).toEqual(
      [...rows].reverse().map((row) => ({
        type: 'delivery-receipt.v1',
        deliveryId: String(row.deliveryId),
        target: 'bo',
        station: 'A',
        fileId: row.fileId,
        fileName: row.fileName,
        state: 'sent',
        attempts: 1,
        at: row.endedAt!.toISOString(),
        resend: false,
        receipt: `got ${row.fileName}`,
      })),
    );
  });

  test('is woken by what falls due, long before it would look again', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    scene.forward(ministry.connect, { pollMs: 60_000 });
    await scene.fallDue('bo', 'A', [0]);
    await scene.untilNoneDue();
    await scene.fallDue('bo', 'A', [1]);
    await scene.fallDue('bo', 'B', [1]);
    await scene.untilNoneDue();
    expect(ministry.taken).toHaveLength(3);
  });

  test('a file that falls due while its lane is in hand does not wait for the next look', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let meanwhile: Promise<void> | undefined;
    ministry.behave = async () => {
      meanwhile ??= scene.fallDue('bo', 'A', [1]);
      await meanwhile;
      await new Promise((resolve) => setTimeout(resolve, 150)); // past the look it causes
      return undefined;
    };
    await scene.fallDue('bo', 'A', [0]);
    scene.forward(ministry.connect, { pollMs: 60_000 });
    await scene.until(() => ministry.taken.length === 2);
  });

  test('waits for further files of a moment, and nothing overtakes it meanwhile', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    scene.forward(ministry.connect, { pollMs: 60_000 });
    const begin = performance.now();
    await scene.fallDue('bo', 'A', [1], { gatherMs: () => 700 });
    await scene.fallDue('bo', 'A', [0, 2]);
    await scene.fallDue('bo', 'B', [0]);
    await scene.until(() => ministry.namesOf('B').length === 1);
    await scene.until(() => ministry.namesOf('A').length === 1);
    expect(performance.now() - begin).toBeLessThan(700);
    await scene.untilNoneDue();
    expect(performance.now() - begin).toBeGreaterThanOrEqual(700);
    expect(ministry.namesOf('A')).toEqual(['A_000000.txt', 'A_000001.txt', 'A_000002.txt']);
  });

  test('what gathers behind a file that is ready is sent when it has waited, not at the next poll', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    scene.forward(ministry.connect, { pollMs: 60_000 });
    await scene.fallDue('bo', 'B', [0]);
    await scene.untilNoneDue();
    await new Promise((resolve) => setTimeout(resolve, 300)); // past the looks it causes
    await scene.fallDue('bo', 'A', [0, 1], { gatherMs: (minute) => minute * 1_000 });
    await scene.until(() => ministry.taken.length === 3);
    expect(ministry.namesOf('A')).toEqual(['A_000000.txt', 'A_000001.txt']);
  });

  test('a station with new data does not wait for those that catch up', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    ministry.behave = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return undefined;
    };
    for (let n = 0; n < 30; n++) await scene.fallDue('bo', `OLD${n}`, minutes(20));
    scene.forward(ministry.connect, { connectionsPerTarget: 1 });
    await scene.until(() => ministry.taken.length > 20);
    const now = Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 60_000);
    await scene.fallDue('bo', 'NEW', [now]);
    await scene.untilNoneDue();
    const at = ministry.taken.findIndex(({ name }) => name.startsWith('NEW'));
    expect(at).toBeLessThan(300);
  });

  test('a refused file is recorded as such and the lane goes on', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    ministry.behave = async ({ name }) =>
      name === 'A_000001.txt' ? { kind: 'refused', code: 4, reason: 'no such form\0' } : undefined;
    await scene.fallDue('bo', 'A', minutes(3));
    scene.forward(ministry.connect);
    await scene.untilNoneDue();

    expect(ministry.namesOf('A')).toEqual(['A_000000.txt', 'A_000002.txt']);
    const [refused] = (await scene.deliveries()).filter((row) => row.state === 'refused');
    expect(refused).toMatchObject({
      fileName: 'A_000001.txt',
      failureCode: 4,
      failure: 'no such form',
      receipt: null,
    });
    expect((await scene.receipts()).map(({ state }) => state)).toEqual(['sent', 'refused', 'sent']);
  });

  test('nothing overtakes a file that fails; it waits longer each time and is kept with its reason', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    const tries: number[] = [];
    ministry.behave = async ({ name }) => {
      if (name !== 'A_000001.txt' || tries.length === 4) return undefined;
      tries.push(Date.now());
      throw broken();
    };
    await scene.fallDue('bo', 'A', minutes(3));
    scene.forward(ministry.connect, { backOff: { firstMs: 200, longestMs: 500 } });
    await scene.until(() => scene.happened.some(({ name }) => name === 'delivery-failed'));
    const waiting = (await scene.deliveries()).find((row) => row.fileName === 'A_000001.txt');
    expect(waiting).toMatchObject({ state: 'due', failureCode: 3, failure: 'it broke' });
    const next = (await scene.deliveries()).find((row) => row.fileName === 'A_000002.txt');
    expect(next).toMatchObject({ state: 'due', attempts: 0, inDoubt: false });
    await scene.untilNoneDue();

    expect(ministry.namesOf('A')).toEqual(['A_000000.txt', 'A_000001.txt', 'A_000002.txt']);
    const [first, second, third, fourth] = tries as [number, number, number, number];
    expect(second - first).toBeGreaterThanOrEqual(200);
    expect(third - second).toBeGreaterThanOrEqual(400);
    expect(fourth - third).toBeGreaterThanOrEqual(500);
    const retried = (await scene.receipts()).find((receipt) => receipt.fileName === 'A_000001.txt');
    expect(retried).toMatchObject({ attempts: 5, resend: true });
  });

  test('waits as long as the ministry asks for', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    const tries: number[] = [];
    ministry.behave = async () => {
      if (tries.push(Date.now()) === 1)
        throw new DeliveryError('transfer-failed', '503', { inDoubt: false, retryAfterMs: 700 });
      return undefined;
    };
    await scene.fallDue('bo', 'A', [0]);
    scene.forward(ministry.connect);
    await scene.untilNoneDue();
    expect(tries[1]! - tries[0]!).toBeGreaterThanOrEqual(700);
  });

  describe('a lane that is offered anew while its file is in hand, which then fails', () => {
    const offersAnew = async (fail: () => Error, backOff = { firstMs: 300, longestMs: 5_000 }) => {
      scene = await DeliveryScene.create(ftpTarget('bo'));
      const ministry = new FakeMinistry();
      const tries: number[] = [];
      ministry.behave = async () => {
        tries.push(performance.now());
        if (tries.length > 3) return undefined;
        await scene.fallDue('bo', 'A', [tries.length]);
        await new Promise((resolve) => setTimeout(resolve, 150)); // past the look it causes
        throw fail();
      };
      await scene.fallDue('bo', 'A', [0]);
      scene.forward(ministry.connect, { backOff });
      await scene.untilNoneDue();
      return tries.slice(1).map((at, i) => at - tries[i]!);
    };

    test('waits as long as the ministry asks for', async () => {
      const fail = (): Error =>
        new DeliveryError('transfer-failed', '503', { inDoubt: false, retryAfterMs: 700 });
      const [first, second] = await offersAnew(fail, { firstMs: 50, longestMs: 400 });
      expect(first).toBeGreaterThanOrEqual(150 + 700);
      expect(second).toBeGreaterThanOrEqual(150 + 700);
    });

    test('waits longer each time', async () => {
      const [first, second, third] = await offersAnew(broken);
      expect(first).toBeGreaterThanOrEqual(150 + 300);
      expect(second).toBeGreaterThanOrEqual(150 + 600);
      expect(third).toBeGreaterThanOrEqual(150 + 1_200);
    });
  });

  test('a failure that another forwarder recorded is waited for', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    ministry.behave = async ({ name }) => {
      if (name.startsWith('A')) await blocked;
      return undefined;
    };
    await scene.fallDue('bo', 'A', [0]);
    await scene.fallDue('bo', 'B', [0]);
    // One connection: B waits in the queue, as it was when the lanes were looked for.
    scene.forward(ministry.connect, { connectionsPerTarget: 1, pollMs: 60_000 });
    await scene.until(() => ministry.connections === 1);
    await scene.delayLane('bo', 'B', 700);
    const delayedAt = performance.now();
    release();
    await scene.untilNoneDue();
    expect(performance.now() - delayedAt).toBeGreaterThanOrEqual(700);
  });

  test('a dead target and a slow one stop no other, and a dead one is not asked for every lane', async () => {
    scene = await DeliveryScene.create(ftpTarget('dead'), ftpTarget('slow'), ftpTarget('bo'));
    const ministry = new FakeMinistry();
    let asked = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    ministry.behave = async (_, target) => {
      if (target === 'slow') await held;
      if (target !== 'dead') return undefined;
      asked += 1;
      throw unreachable();
    };
    const stations = minutes(20).map((n) => `S${n}`);
    for (const station of stations)
      for (const target of ['dead', 'slow', 'bo']) await scene.fallDue(target, station, [0, 1]);
    const forwarder = scene.forward(ministry.connect, {
      backOff: { firstMs: 5_000, longestMs: 5_000 },
    });
    await scene.untilNoneDue('bo');
    const pausedOnes = (): string[] =>
      forwarder.targets().flatMap(({ target, isPaused }) => (isPaused ? [target] : []));
    await scene.until(() => pausedOnes().join() === 'dead');

    expect(ministry.taken.every(({ target }) => target === 'bo')).toBe(true);
    expect(ministry.taken).toHaveLength(40);
    expect(asked).toBeLessThanOrEqual(4);
    release();
    await scene.untilNoneDue('slow');
    // 'dead' is still due, and the scene ends with it so.
  });

  test('what is only presumed to be there is recorded as sent and in doubt', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    await scene.fallDue('bo', 'A', [0]);
    scene.forward(() => ({
      deliver: async () => ({ kind: 'accepted', receipt: '409: already there', presumed: true }),
      close: async () => undefined,
    }));
    await scene.untilNoneDue();
    const [row] = await scene.deliveries();
    expect(row).toMatchObject({ state: 'sent', inDoubt: true, receipt: '409: already there' });
    expect(await scene.receipts()).toMatchObject([{ state: 'sent', presumed: true }]);
  });

  test('a target that cannot be used as it is fails as a delivery does', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    await scene.fallDue('bo', 'A', [0]);
    scene.forward(() => {
      throw new DeliveryError('ministry-unreachable', 'its url is invalid', { inDoubt: false });
    });
    await scene.until(() => scene.happened.some(({ name }) => name === 'delivery-failed'));
    const [row] = await scene.deliveries();
    expect(row).toMatchObject({ state: 'due', failureCode: 2, failure: 'its url is invalid' });
  });
});
