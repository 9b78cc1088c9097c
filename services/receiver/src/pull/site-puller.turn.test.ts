import { Slots } from '@envigate/runtime';
import { expect, test } from '@jest/globals';
import { Turn } from './site-puller.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a turn is given to others while a step takes long, and comes back before the next', async () => {
  const slots = new Slots(1);
  const turn = new Turn(slots, never, 5);
  await turn.begin();
  let answer: (text: string) => void = () => undefined;
  const slow = turn.during(() => new Promise<string>((resolve) => (answer = resolve)));
  await slots.take(never); // waits until the patience is over
  let isDone = false;
  void slow.then(() => (isDone = true));
  answer('late');
  await tick();
  expect(isDone).toBe(false);
  slots.giveBack();
  expect(await slow).toBe('late');
  const second = slots.take(never);
  turn.end();
  turn.end();
  await second;
});

test('a quick step keeps the turn', async () => {
  const slots = new Slots(1);
  const turn = new Turn(slots, never, 60_000);
  await turn.begin();
  let isTaken = false;
  void slots.take(never).then(() => (isTaken = true));
  await turn.during(() => tick());
  expect(isTaken).toBe(false);
  turn.end();
  await tick();
  expect(isTaken).toBe(true);
});
