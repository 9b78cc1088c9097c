import {
  guessingDelayMs,
  isBanned,
  isForgotten,
  noGuessing,
  noOffences,
  withFailure,
  withGuess,
  type BanPolicy,
  type Guessing,
  type GuessingPolicy,
  type Offences,
} from '@envigate/domain';
import { BoundedMap } from '@envigate/runtime';

const defaultLimit = 32_768;

interface Ban {
  /** 1 for the first of this sender. */
  readonly number: number;
  readonly lengthMs: number;
}

/**
 * Which senders have failed lately, and which are banned. Kept in memory alone: a ban that was
 * lost with a restart is back after as many guesses as made it, which costs an attacker a minute
 * and us a write to the disk for every stranger.
 *
 * Who was banned once has a table of its own: to push one of them out takes a ban for each place in
 * it, not only a failure.
 */
export class Offenders {
  readonly #policy: BanPolicy;
  readonly #suspects: BoundedMap<Offences>;
  readonly #banned: BoundedMap<Offences>;

  constructor(policy: BanPolicy, limit = defaultLimit) {
    this.#policy = policy;
    this.#suspects = new BoundedMap(limit);
    this.#banned = new BoundedMap(limit);
  }

  isBanned(sender: string, atMs: number): boolean {
    const offences = this.#banned.get(sender);
    return offences !== undefined && isBanned(offences, atMs);
  }

  /** Counts a failure; the ban where it was one too many. */
  fail(sender: string, guess: string | undefined, atMs: number): Ban | undefined {
    const before = this.#banned.get(sender) ?? this.#suspects.get(sender) ?? noOffences;
    // What was decided about in parallel to the failure that banned.
    if (isBanned(before, atMs)) return undefined;
    const after = withFailure(before, { atMs, guess }, this.#policy);
    this.#suspects.delete(sender);
    this.#banned.delete(sender);
    (after.bans === 0 ? this.#suspects : this.#banned).set(sender, after);
    return isBanned(after, atMs)
      ? { number: after.bans, lengthMs: after.bannedUntilMs - atMs }
      : undefined;
  }

  /** Banned at the instant. */
  count(atMs: number): number {
    let count = 0;
    for (const offences of this.#banned.values()) if (isBanned(offences, atMs)) count += 1;
    return count;
  }

  /** Whether anything is remembered of the sender that still counts. */
  remembers(sender: string, atMs: number): boolean {
    const offences = this.#banned.get(sender) ?? this.#suspects.get(sender);
    return offences !== undefined && !isForgotten(offences, atMs);
  }
}

const maxNames = 32_768;
/** A logger has one address, or few; one on a mobile network has many, of which the newest count. */
const knownPerName = 16;

/**
 * User names that are being guessed at from wherever, and the senders each account is known to come
 * from. Who guesses is slowed down; a sender that has logged in before is not, so that a station
 * keeps its pace while strangers try its name. Names count whether there is such an account or
 * not, or the wait would reveal which exist.
 */
export class GuessedNames {
  readonly #policy: GuessingPolicy;
  readonly #guessed: BoundedMap<Guessing>;
  readonly #knownSenders: BoundedMap<BoundedMap<true>>;

  constructor(policy: GuessingPolicy, limit = maxNames) {
    this.#policy = policy;
    this.#guessed = new BoundedMap(limit);
    this.#knownSenders = new BoundedMap(limit);
  }

  delayMs(name: string, sender: string, atMs: number): number {
    const guessing = this.#guessed.get(name);
    if (guessing === undefined || this.#knownSenders.get(name)?.get(sender) === true) return 0;
    return guessingDelayMs(guessing, atMs, this.#policy);
  }

  guessed(name: string, atMs: number): void {
    const before = this.#guessed.get(name) ?? noGuessing;
    this.#guessed.set(name, withGuess(before, atMs, this.#policy));
  }

  loggedIn(name: string, sender: string): void {
    const senders = this.#knownSenders.get(name) ?? new BoundedMap(knownPerName);
    senders.set(sender, true);
    this.#knownSenders.set(name, senders);
  }
}
