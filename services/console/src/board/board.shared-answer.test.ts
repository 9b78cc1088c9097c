import { expect, test } from '@jest/globals';
import { SharedAnswer } from './board.ts';

const patienceMs = 20;

test('one question goes to the source at a time, and its answer to all who ask', async () => {
  let asked = 0;
  const shared = new SharedAnswer({ maxAgeMs: 60_000, patienceMs }, async () => (asked += 1));
  const answers = await Promise.all([shared.get(), shared.get(), shared.get()]);
  expect(answers.map(({ value }) => value)).toEqual([1, 1, 1]);
  expect(await shared.get()).toEqual({ value: 1, isCurrent: true, failure: undefined });
});

test('a source that fails leaves the last answer, and is asked again', async () => {
  let answer: () => Promise<string> = async () => 'first';
  const shared = new SharedAnswer({ maxAgeMs: 1, patienceMs }, () => answer());
  await shared.get();
  const failure = new Error('away');
  answer = () => Promise.reject(failure);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await shared.get()).toEqual({ value: 'first', isCurrent: false, failure });
  answer = async () => 'second';
  expect(await shared.get()).toEqual({ value: 'second', isCurrent: true, failure: undefined });
});

test('a source that hangs is waited for no longer than said, and not asked a second time', async () => {
  let asked = 0;
  let release: (value: string) => void = () => undefined;
  const shared = new SharedAnswer({ maxAgeMs: 60_000, patienceMs }, () => {
    asked += 1;
    return new Promise<string>((resolve) => (release = resolve));
  });
  const began = performance.now();
  const answers = await Promise.all([shared.get(), shared.get()]);
  expect(answers.map(({ value, isCurrent }) => ({ value, isCurrent }))).toEqual([
    { value: undefined, isCurrent: false },
    { value: undefined, isCurrent: false },
  ]);
  expect(performance.now() - began).toBeLessThan(5_000);
  release('late');
  expect(await shared.get()).toMatchObject({ value: 'late', isCurrent: true });
  expect(asked).toBe(1);
});
