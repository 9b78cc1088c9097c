import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after the time, or as soon as the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** Waits for a time or for somebody to ring, whichever comes first. A ring while nobody waits is kept. */
export class Alarm {
  #rung = false;
  #wakeUp: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wakeUp?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      this.#wakeUp = undefined;
    }
    this.#rung = false;
  }
}

export interface BackoffOptions {
  readonly firstMs?: number;
  readonly maxMs?: number;
}

/** Waits that double with each failure, varied so that those who failed together come back apart. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #fullMs: number;

  constructor({ firstMs = 50, maxMs = 5_000 }: BackoffOptions = {}) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#fullMs = Math.min(firstMs, maxMs);
  }

  /** The wait after one more failure: half to all of what doubling gives. */
  nextMs(): number {
    const waitMs = this.#fullMs * (0.5 + Math.random() / 2);
    this.#fullMs = Math.min(this.#fullMs * 2, this.#maxMs);
    return waitMs;
  }

  /** Resolves after the next wait, or as soon as the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    await pause(this.nextMs(), signal);
  }

  reset(): void {
    this.#fullMs = this.#firstMs;
  }
}

/** A step took longer than it may. */
export class DeadlineError extends Error {
  readonly code = 'deadline';
  readonly retryable = true;
}

/**
 * Rejects with DeadlineError when `work` has not ended in time, after `abandon` was called to
 * free what it holds. What becomes of `work` then is of no interest to anyone.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  what: string,
  abandon: () => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(`no answer for ${timeoutMs / 1000} s: ${what}`));
      abandon();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

export interface LinkedAbort {
  /** Aborted with the first of the signals, for its reason. */
  readonly signal: AbortSignal;
  /** Aborts the signal itself, for a reason of its own. */
  abort(reason?: unknown): void;
  /** Releases the signals; to be called when the work is over. */
  release(): void;
}

/**
 * A signal for one piece of work that ends with any of several signals, some of which live as long
 * as the process. AbortSignal.any does the same, but has leaked what it makes while a source lives
 * (nodejs/node 55351, 64476); here nothing is left behind once it is released.
 */
export function linkAbort(...signals: readonly AbortSignal[]): LinkedAbort {
  const controller = new AbortController();
  const links = signals.map((signal) => {
    const pass = (): void => controller.abort(signal.reason);
    if (signal.aborted) pass();
    else signal.addEventListener('abort', pass, { once: true });
    return { signal, pass };
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release() {
      for (const { signal, pass } of links) signal.removeEventListener('abort', pass);
    },
  };
}
