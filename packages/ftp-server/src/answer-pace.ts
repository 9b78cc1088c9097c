import { setTimeout as delay } from 'node:timers/promises';

const holdMs = 1;
/** Most clients send one file, or a few, and leave. */
const heldAtFirst = 3;
/** Less than the second that curl sleeps. */
const sleepMs = 900;

/**
 * Holds the answers to PASV and EPSV of one session back for as long as its client needs that.
 *
 * curl 7.88 (of Debian 12) sleeps for a second where it reads such an answer before it has gone back
 * to waiting for it: one upload in ten, as we have a port at hand and answer at once. A millisecond
 * later it is waiting. A client of many uploads would pay for that with each of them, so answers are
 * held back at the beginning of a session only, and again for the rest of it once a data connection
 * came so late that its client must have slept.
 */
export class AnswerPace {
  readonly #now: () => number;
  #answers = 0;
  #answeredAt = Infinity;
  #sleeps = false;

  /** `now` in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get holdsBack(): boolean {
    return this.#sleeps || this.#answers < heldAtFirst;
  }

  hold(): Promise<void> {
    return delay(holdMs);
  }

  /** The answer is going out. */
  answered(): void {
    this.#answers += 1;
    this.#answeredAt = this.#now();
  }

  /** The data connection has come. */
  connected(): void {
    if (this.#now() - this.#answeredAt >= sleepMs) this.#sleeps = true;
  }
}
