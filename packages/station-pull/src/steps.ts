import { RemoteSiteError, type RemoteSiteErrorCode } from '@envigate/domain';
import { DeadlineError, messageOf, withDeadline } from '@envigate/runtime';

export interface StepsOptions {
  /** Limit of each step. */
  readonly timeoutMs: number;
  /** Frees the connection at once, whatever it is doing. */
  readonly drop: () => void;
  /** What an error of the library means. */
  readonly codeOf: (error: unknown) => RemoteSiteErrorCode;
}

/**
 * The steps of one connection, one at a time and each with a limit. After one that did not come to
 * a clear end the connection is dropped: neither library's client is to be trusted then.
 */
export class Steps {
  readonly #options: StepsOptions;
  #isEnded = false;
  #giveUp: (error: RemoteSiteError) => void = () => undefined;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** Rejects with RemoteSiteError. `what` is the step in words, for its message. */
  async run<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#isEnded) throw closed(what);
    // Neither library promises that a step ends when its connection does.
    const ended = new Promise<never>((_, reject) => (this.#giveUp = reject));
    ended.catch(() => undefined);
    const { timeoutMs, drop } = this.#options;
    try {
      return await withDeadline(Promise.race([work(), ended]), timeoutMs, what, drop);
    } catch (error) {
      const failure = this.#failureOf(what, error);
      if (!failure.isOfOneFile) this.end();
      throw failure;
    }
  }

  /** Drops the connection; the step under way rejects. Safe to call twice. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#options.drop();
    this.#giveUp(closed('the step was given up'));
  }

  #failureOf(what: string, error: unknown): RemoteSiteError {
    if (error instanceof RemoteSiteError) return error;
    if (error instanceof DeadlineError)
      return new RemoteSiteError('timeout', error.message, { cause: error });
    const code = this.#options.codeOf(error);
    return new RemoteSiteError(code, `${what}: ${textOf(error)}`, { cause: error });
  }
}

function closed(what: string): RemoteSiteError {
  return new RemoteSiteError('connection-lost', `${what}: the connection is closed`);
}

/** Failures of several addresses (::1, 127.0.0.1) come joined in an error without a message. */
function textOf(error: unknown): string {
  const message = messageOf(error);
  return message === '' ? String(errorCode(error)) : message;
}

/** Errors of sockets and of libraries come in every class. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

const unreachable = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTDOWN',
];

export function isUnreachable(error: unknown): boolean {
  return unreachable.some((code) => code === errorCode(error));
}
