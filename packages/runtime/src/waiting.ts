import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after the time, or as soon as the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
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
