import { DeadlineError, withDeadline } from '@envigate/runtime';

/**
 * The steps of one session, one at a time and each with a limit. A step ends when the session is
 * ended, which neither library promises of its own.
 */
export class Steps {
  readonly #timeoutMs: number;
  readonly #drop: () => void;
  #isEnded = false;
  #giveUp: (error: Error) => void = () => undefined;

  /** `drop` frees the connection at once, whatever it is doing. */
  constructor(timeoutMs: number, drop: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#drop = drop;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** `what` is the step in words, for its error. `extraMs`: for the bytes that it moves. */
  async run<T>(what: string, work: () => Promise<T>, extraMs = 0): Promise<T> {
    if (this.#isEnded) throw new Error(`${what}: the connection is closed`);
    const ended = new Promise<never>((_, reject) => (this.#giveUp = reject));
    ended.catch(() => undefined);
    try {
      return await withDeadline(
        Promise.race([work(), ended]),
        this.#timeoutMs + extraMs,
        what,
        () => undefined,
      );
    } catch (error) {
      if (error instanceof DeadlineError) this.end();
      throw error;
    }
  }

  /** Drops the connection; the step under way rejects. Safe to call twice. */
  end(why = 'the connection was closed'): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#giveUp(new Error(why));
    this.#drop();
  }
}

/** A connection of 8 kB/s is slow, not dead; in whole seconds, as errors name the limit. */
export const transferMs = (bytes: number): number => Math.floor(bytes / 8_000) * 1_000;

/** A hundred times what any honest answer has: the server floods us. */
export const maxAnswerBytes = 1024 * 1024;
