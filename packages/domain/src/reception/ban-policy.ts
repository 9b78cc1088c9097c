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
