import { expect, test } from '@jest/globals';
import { KeyedSlots, Mutex, Slots } from './in-turn.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a mutex lets one task at a time run, also after failures', async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  const task = (name: string) => async (): Promise<string> => {
    log.push(`${name} begins`);
    await tick();
    log.push(`${name} ends`);
    if (name === 'a') throw new Error('a failed');
    return name;
  };
  const both = Promise.allSettled([mutex.run(task('a')), mutex.run(task('b'))]);
  await mutex.idle();
  expect(log.at(-1)).toBe('b ends');
  const results = await both;
  expect(results).toMatchObject([{ status: 'rejected' }, { value: 'b' }]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('so many slots at a time, in the order in which they came', async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  for (const number of [1, 2, 3, 4]) void slots.take(never).then(() => begun.push(number));
  await tick();
  expect(begun).toEqual([1, 2]);
  slots.giveBack();
  await tick();
  expect(begun).toEqual([1, 2, 3]);
});

test('who gives up leaves no slot lost', async () => {
  const slots = new Slots(1);
  await slots.take(never);
  const giveUp = new AbortController();
  const waiting = slots.take(giveUp.signal);
  giveUp.abort(new Error('given up'));
  await expect(waiting).rejects.toThrow('given up');
  await expect(slots.take(giveUp.signal)).rejects.toThrow('given up');
  slots.giveBack();
  await slots.take(never);
});

test('slots: so many at a time of one key, in the order asked, also after failures', async () => {
  const slots = new KeyedSlots(2);
  const begun: string[] = [];
  let running = 0;
  let most = 0;
  const work = (name: string) => async (): Promise<string> => {
    begun.push(name);
    most = Math.max(most, (running += 1));
    await new Promise(setImmediate);
    running -= 1;
    if (name === 'b') throw new Error('b failed');
    return name;
  };
  const results = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((n) => slots.run('x', work(n))),
  );
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  expect(most).toBe(2);
  await Promise.all([
    slots.run('x', work('e')),
    slots.run('y', work('f')),
    slots.run('x', work('g')),
  ]);
  expect(most).toBe(3);
});
