// What guessing at passwords costs: an address is banned for a while, a login under a user name waits.
/** When an address that fails to log in is shut out, and for how long. Times in milliseconds. */
export interface BanPolicy {
  /** Wrong guesses within a window after which the address is banned. */
  readonly failuresToBan: number;
  /** A window begins with a failure and lasts so long. */
  readonly windowMs: number;
  /** The first ban; each further one lasts twice as long. */
  readonly banMs: number;
  readonly maxBanMs: number;
}

/** What one address has done lately; instants in milliseconds since 1970 UTC. */
export interface Offences {
  readonly windowFromMs: number;
  /** In tenths of a guess. */
  readonly score: number;
  /** The guesses of the window, each once. */
  readonly guesses: readonly string[];
  readonly bans: number;
  readonly bannedUntilMs: number;
  /** Without a further failure nothing of it counts from here on. */
  readonly forgottenAtMs: number;
}

export const noOffences: Offences = {
  windowFromMs: 0,
  score: 0,
  guesses: [],
  bans: 0,
  bannedUntilMs: 0,
  forgottenAtMs: 0,
};

const guessScore = 10;
const repeatScore = 1;

/**
 * The offences with one failure more. `guess` reports what was tried apart from other tries (such as
 * a keyed hash of user and password); undefined for a connection that tried nothing.
 *
 * A repeat counts a tenth: a logger with an old password repeats the same one for days, and shares
 * its address with the other loggers of the plant, which a ban would shut out with it. Who guesses
 * tries something new each time. Still, repeats and empty connections cost us work, so that they
 * count for something.
 *
 * Who stays quiet after a ban for as long as the ban lasted, and for a window at least, begins anew.
 */
export function withFailure(
  before: Offences,
  failure: { readonly atMs: number; readonly guess: string | undefined },
  policy: BanPolicy,
): Offences {
  const { atMs, guess } = failure;
  const known = isForgotten(before, atMs) ? noOffences : before;
  const isSameWindow = isWithin(atMs, known.windowFromMs, policy.windowMs);
  const window = isSameWindow ? known : { ...noOffences, windowFromMs: atMs };
  const isNew = guess !== undefined && !window.guesses.includes(guess);
  const score = window.score + (isNew ? guessScore : repeatScore);
  if (score >= policy.failuresToBan * guessScore) return banned(known.bans + 1, atMs, policy);
  return {
    windowFromMs: window.windowFromMs,
    score,
    guesses: isNew ? [...window.guesses, guess] : window.guesses,
    bans: known.bans,
    bannedUntilMs: known.bannedUntilMs,
    forgottenAtMs: Math.max(known.forgottenAtMs, atMs + policy.windowMs),
  };
}

export function isBanned(offences: Offences, atMs: number): boolean {
  return atMs < offences.bannedUntilMs;
}

export function isForgotten(offences: Offences, atMs: number): boolean {
  return atMs >= offences.forgottenAtMs;
}

/** How long the ban with this number lasts. */
export function banLengthMs(number: number, { banMs, maxBanMs }: BanPolicy): number {
  // Beyond 2^30 the cap has long been reached.
  return Math.min(banMs * 2 ** Math.min(number - 1, 30), maxBanMs);
}

function banned(bans: number, atMs: number, policy: BanPolicy): Offences {
  const lengthMs = banLengthMs(bans, policy);
  const bannedUntilMs = atMs + lengthMs;
  const forgottenAtMs = bannedUntilMs + Math.max(lengthMs, policy.windowMs);
  return { ...noOffences, bans, bannedUntilMs, forgottenAtMs };
}

/** False also where the clock was set back: a window never lasts longer than it should. */
function isWithin(atMs: number, fromMs: number, lengthMs: number): boolean {
  return atMs >= fromMs && atMs < fromMs + lengthMs;
}

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

/**
 * A user name as it may be written down. Who types a password where the name belongs must not find
 * it in the log: what cannot be an account's code is left out.
 */
export function userForLog(user: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(user) ? user : '(no account code)';
}
