import { expect, test } from '@jest/globals';
import { guessingDelayMs, noGuessing, withGuess, type GuessingPolicy } from './guessing.ts';

const policy: GuessingPolicy = {
  windowMs: 600_000,
  freeGuesses: 3,
  firstDelayMs: 250,
  maxDelayMs: 8000,
};
const start = Date.UTC(2026, 10, 24);

function delays(count: number, everyMs: number): number[] {
  let guessing = noGuessing;
  return Array.from({ length: count }, (_, n) => {
    const atMs = start + n * everyMs;
    const delayMs = guessingDelayMs(guessing, atMs, policy);
    guessing = withGuess(guessing, atMs, policy);
    return delayMs;
  });
}

test('the wait doubles with each guess beyond the free ones, up to the cap', () => {
  expect(delays(11, 1000)).toEqual([0, 0, 0, 250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test('after the window nobody waits', () => {
  expect(delays(4, 200_000)).toEqual([0, 0, 0, 0]);
});

test('however many guesses there were, the wait stays below what a logger waits', () => {
  expect(Math.max(...delays(20_000, 1))).toBe(8000);
});

test('a clock set back leaves nobody waiting', () => {
  const guessing = { windowFromMs: start, guesses: 50 };
  expect(guessingDelayMs(guessing, start, policy)).toBe(8000);
  expect(guessingDelayMs(guessing, start - 1, policy)).toBe(0);
});
