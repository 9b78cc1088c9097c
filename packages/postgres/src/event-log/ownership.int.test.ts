import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import { Ownership } from './ownership.ts';

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await testDatabase();
});
afterAll(() => fixture.drop());

const join = (group: string, sessionTimeoutMs = 5_000) =>
  Ownership.join(fixture.database, group, sessionTimeoutMs);

describe('ownership', () => {
  test('of a partition is with one instance of a group', async () => {
    const [first, second, other] = [await join('a'), await join('a'), await join('b')];
    expect(await first.tryTake(0)).toBe(true);
    expect(await second.tryTake(0)).toBe(false);
    expect(await second.tryTake(1)).toBe(true);
    expect(await other.tryTake(0)).toBe(true);
    await first.giveBack(0);
    expect(await second.tryTake(0)).toBe(true);
    for (const each of [first, second, other]) await each.close();
  });

  test('counts the members of its own group only', async () => {
    const [first, second, other] = [await join('a'), await join('a'), await join('b')];
    expect([await first.members(), await other.members()]).toEqual([2, 1]);
    await second.close();
    await eventually(async () => expect(await first.members()).toBe(1));
    for (const each of [first, other]) await each.close();
  });

  test('ends with its connection, and says so', async () => {
    const [first, second] = [await join('a'), await join('a')];
    expect(await first.tryTake(0)).toBe(true);
    await fixture.killBackends();
    await eventually(() => expect(first.lost.aborted).toBe(true));
    expect(await first.holds()).toBe(false);
    await expect(first.tryTake(1)).rejects.toMatchObject({ retryable: true });
    const third = await join('a');
    expect(await third.tryTake(0)).toBe(true);
    for (const each of [first, second, third]) await each.close();
  });

  test('lasts longer than the session time-out as long as the instance lives', async () => {
    const alive = await join('a', 300);
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(await alive.holds()).toBe(true);
    await alive.close();
  });
});
