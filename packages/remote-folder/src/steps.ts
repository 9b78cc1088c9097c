import { RemoteSiteError, type RemoteSiteErrorCode } from '@envigate/domain';
import { DeadlineError, withDeadline, messageOf } from '@envigate/runtime';

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
    if (this.#isEnded) throw new SessionEnded(`${what}: the connection is closed`);
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
    this.#giveUp(new SessionEnded(why));
    this.#drop();
  }
}

/** We ended the session ourselves, during the step or before it. */
class SessionEnded extends Error {}

export interface SiteStepsOptions {
  /** Limit of each step. */
  readonly timeoutMs: number;
  /** Frees the connection at once, whatever it is doing. */
  readonly drop: () => void;
  /** What an error of the library means. */
  readonly siteErrorCodeOf: (error: unknown) => RemoteSiteErrorCode;
}

/**
 * Steps whose errors are RemoteSiteErrors. After one that did not come to a clear end the connection
 * is dropped: neither library's client is to be trusted then.
 */
export class SiteSteps {
  readonly #steps: Steps;
  readonly #siteErrorCodeOf: SiteStepsOptions['siteErrorCodeOf'];

  constructor({ timeoutMs, drop, siteErrorCodeOf }: SiteStepsOptions) {
    this.#steps = new Steps(timeoutMs, drop);
    this.#siteErrorCodeOf = siteErrorCodeOf;
  }

  /** Rejects with RemoteSiteError. `what` is the step in words, for its message. */
  async run<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#steps.run(what, work);
    } catch (error) {
      const failure = this.#failureOf(what, error);
      if (!failure.isOfOneFile) this.end();
      throw failure;
    }
  }

  /** Drops the connection; the step under way rejects. Safe to call twice. */
  end(): void {
    this.#steps.end('the step was given up: the connection is closed');
  }

  #failureOf(what: string, error: unknown): RemoteSiteError {
    if (error instanceof RemoteSiteError) return error;
    const cause = { cause: error };
    if (error instanceof DeadlineError) return new RemoteSiteError('timeout', error.message, cause);
    if (error instanceof SessionEnded)
      return new RemoteSiteError('connection-lost', error.message, cause);
    return new RemoteSiteError(this.#siteErrorCodeOf(error), `${what}: ${messageOf(error)}`, cause);
  }
}

/** A connection of 8 kB/s is slow, not dead; in whole seconds, as errors name the limit. */
export const transferMs = (bytes: number): number => Math.floor(bytes / 8_000) * 1_000;

/** A hundred times what any honest answer has: the server floods us. */
export const maxAnswerBytes = 1024 * 1024;
