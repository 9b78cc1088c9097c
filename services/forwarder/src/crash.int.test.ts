import { afterEach, describe, expect, test, jest } from '@jest/globals';
import { PostgresDeliveryStore } from '@envigate/postgres';
import { DeliveryScene, ftpTarget } from './testing/delivery-scene.ts';
import { FakeMinistry } from './testing/fake-ministry.ts';

// A busy machine is slow, not wrong.
jest.setTimeout(60_000);

const minutes = (count: number): number[] => Array.from({ length: count }, (_, minute) => minute);

let scene: DeliveryScene;
afterEach(() => scene.end());

describe('deliveries over crashes', () => {
  test('a batch whose sender died is looked for before it is sent again', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    await scene.fallDue('bo', 'A', minutes(4));
    const ministry = new FakeMinistry();
    // What a killed forwarder leaves: a batch begun, two of its files with the ministry, nothing recorded.
    const store = new PostgresDeliveryStore(scene.database);
    const [lane] = await store.lanesWithWork();
    const begun = await store.begin(lane!, 10);
    for (const { deliveryId, fileId, fileName: name, payload } of begun.deliveries.slice(0, 2))
      ministry.take(
        { name, payload, idempotencyKey: `${fileId}-${deliveryId}`, resend: false },
        'bo',
      );
    await store.close();

    scene.forward(ministry.connect);
    await scene.untilNoneDue();
    expect(ministry.namesOf('A')).toEqual(minutes(4).map((n) => `A_00000${n}.txt`));
    const receipts = await scene.receipts();
    expect(receipts.map(({ attempts, resend }) => [attempts, resend])).toEqual(
      minutes(4).map(() => [2, true]),
    );
  });

  test('the claim of a dead holder is free at once, a living one keeps others off', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    await scene.fallDue('bo', 'A', [0]);
    const holder = new PostgresDeliveryStore(scene.database);
    const other = new PostgresDeliveryStore(scene.database);
    const [lane] = await holder.lanesWithWork();
    const claim = await holder.claim(lane!);
    expect(claim).toBeDefined();
    expect(await other.claim(lane!)).toBeUndefined();
    expect(await holder.claim(lane!)).toBeUndefined();
    await holder.close(); // as the server sees a killed process
    expect(claim!.lost.aborted).toBe(true);
    const taken = await other.claim(lane!);
    expect(taken).toBeDefined();
    await taken!.release();
    expect(await other.claim(lane!)).toBeDefined();
    await other.close();
  });

  test('a look leaves out the lanes that are named to it', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    for (const station of ['A', 'B', 'C']) await scene.fallDue('bo', station, [0]);
    const store = new PostgresDeliveryStore(scene.database);
    const lanes = await store.lanesWithWork();
    expect(lanes.map(({ station }) => station)).toEqual(['A', 'B', 'C']);
    const except = lanes.filter(({ station }) => station !== 'B').map(({ laneId }) => laneId);
    const rest = await store.lanesWithWork(except);
    expect(rest.map(({ station }) => station)).toEqual(['B']);
    await store.close();
  });

  test('a result that another forwarder has overtaken is not recorded', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    await scene.fallDue('bo', 'A', [0]);
    const store = new PostgresDeliveryStore(scene.database);
    const [lane] = await store.lanesWithWork();
    const [zombies] = (await store.begin(lane!, 1)).deliveries;
    const [others] = (await store.begin(lane!, 1)).deliveries;
    expect(others).toMatchObject({ attempt: 2, resend: true });
    const sent = { kind: 'sent', at: new Date(), receipt: 'ok', presumed: false } as const;
    expect(await store.settle(lane!, [{ ...sent, delivery: zombies! }], undefined)).toBe(false);
    expect(await scene.receipts()).toEqual([]);
    expect(await store.settle(lane!, [{ ...sent, delivery: others! }], undefined)).toBe(true);
    expect(await store.settle(lane!, [{ ...sent, delivery: others! }], undefined)).toBe(false);
    expect(await scene.receipts()).toHaveLength(1);
    await store.close();
  });

  test('two forwarders share the lanes and double nothing', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    ministry.behave = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return undefined;
    };
    const stations = minutes(12).map((n) => `S${n}`);
    scene.forward(ministry.connect);
    scene.forward(ministry.connect);
    await Promise.all(stations.map((station) => scene.fallDue('bo', station, minutes(25))));
    await scene.untilNoneDue();

    expect(ministry.taken).toHaveLength(300);
    expect(new Set(ministry.taken.map(({ key }) => key)).size).toBe(300);
    for (const station of stations) {
      const names = ministry.namesOf(station);
      expect(names).toEqual([...names].sort());
    }
    expect(
      (await scene.receipts()).every(({ attempts, resend }) => attempts === 1 && !resend),
    ).toBe(true);
  });

  test('losing every database connection again and again loses and doubles nothing', async () => {
    scene = await DeliveryScene.create(ftpTarget('bo'));
    const ministry = new FakeMinistry();
    ministry.behave = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return undefined;
    };
    const stations = minutes(6).map((n) => `S${n}`);
    for (const station of stations) await scene.fallDue('bo', station, minutes(100));
    scene.forward(ministry.connect);
    for (let kill = 0; kill < 4; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await scene.killBackends();
    }
    await scene.until(async () => {
      try {
        await scene.untilNoneDue();
        return true;
      } catch {
        return false;
      }
    }, 60_000);

    expect(new Set(ministry.taken.map(({ key }) => key)).size).toBe(600);
    expect(ministry.taken).toHaveLength(600);
    for (const station of stations) {
      const names = ministry.namesOf(station);
      expect(names).toEqual([...names].sort());
    }
    const receipts = await scene.receipts();
    expect(receipts).toHaveLength(600);
    expect(new Set(receipts.map(({ deliveryId }) => deliveryId)).size).toBe(600);
  });
});
