import {
  guessingDelayMs,
  noGuessing,
  withGuess,
  type Guessing,
  type GuessingPolicy,
} from '@envigate/domain';
import { BoundedMap } from '@envigate/runtime';

const defaultLimit = 32_768;
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

  constructor(policy: GuessingPolicy, limit = defaultLimit) {
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
