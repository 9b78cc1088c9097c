/** Guesses at one user name, from all addresses together; instants in milliseconds since 1970 UTC. */
export interface Guessing {
  readonly windowFromMs: number;
  readonly guesses: number;
}

export interface GuessingPolicy {
  readonly windowMs: number;
  /** So many guesses of a window cost no wait. */
  readonly freeGuesses: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const noGuessing: Guessing = { windowFromMs: 0, guesses: 0 };

export function withGuess(before: Guessing, atMs: number, policy: GuessingPolicy): Guessing {
  const { windowFromMs, guesses } = isPast(before, atMs, policy)
    ? { windowFromMs: atMs, guesses: 0 }
    : before;
  return { windowFromMs, guesses: guesses + 1 };
}

/**
 * How long a login under this name waits, right or wrong: not at all at first, then twice as long
 * with each guess, up to the cap.
 *
 * It is a wait and never a refusal. A botnet that has an address for each guess is not held by
 * bans; were the account locked instead, the botnet would have silenced the station. The cap is
 * far below the 30 s that loggers wait for an answer.
 */
export function guessingDelayMs(guessing: Guessing, atMs: number, policy: GuessingPolicy): number {
  const { freeGuesses, firstDelayMs, maxDelayMs } = policy;
  if (guessing.guesses < freeGuesses || isPast(guessing, atMs, policy)) return 0;
  const doublings = Math.min(guessing.guesses - freeGuesses, 30);
  return Math.min(firstDelayMs * 2 ** doublings, maxDelayMs);
}

function isPast({ windowFromMs }: Guessing, atMs: number, { windowMs }: GuessingPolicy): boolean {
  return atMs < windowFromMs || atMs >= windowFromMs + windowMs;
}
