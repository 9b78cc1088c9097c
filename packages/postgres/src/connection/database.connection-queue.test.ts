import { expect, test } from '@jest/globals';
import { ConnectionQueue } from './database.ts';

test('so many are at work, so many wait in their order, and others are sent away', async () => {
  const line = new ConnectionQueue({ places: 2, maxWaiting: 2, patienceMs: 60_000 });
  const [first] = [await line.enter(undefined), await line.enter(undefined)];
  const entered: string[] = [];
  const third = line.enter(undefined).then((leave) => (entered.push('third'), leave));
  const fourth = line.enter(undefined).then((leave) => (entered.push('fourth'), leave));
  await expect(line.enter(undefined)).rejects.toMatchObject({ code: 'busy', retryable: true });
  expect(entered).toEqual([]);
  first();
  (await third)();
  await fourth;
  expect(entered).toEqual(['third', 'fourth']);
});

test('one who leaves while waiting frees the place in the line at once', async () => {
  const line = new ConnectionQueue({ places: 1, maxWaiting: 1, patienceMs: 60_000 });
  const leave = await line.enter(undefined);
  const asker = new AbortController();
  const waiting = line.enter(asker.signal);
  asker.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled', retryable: true });
  const next = line.enter(undefined);
  leave();
  (await next)();
  // No place was lost or made.
  const last = await line.enter(undefined);
  const beyond = line.enter(undefined);
  await expect(line.enter(undefined)).rejects.toMatchObject({ code: 'busy' });
  last();
  (await beyond)();
});

test('one who has left already does not enter', async () => {
  const line = new ConnectionQueue({ places: 1, maxWaiting: 0, patienceMs: 60_000 });
  await expect(line.enter(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  (await line.enter(undefined))();
});

test('one who has waited too long is sent away, and takes no place later', async () => {
  const line = new ConnectionQueue({ places: 1, maxWaiting: 1, patienceMs: 5 });
  const leave = await line.enter(undefined);
  await expect(line.enter(undefined)).rejects.toMatchObject({ code: 'busy', retryable: true });
  leave();
  (await line.enter(undefined))();
});
