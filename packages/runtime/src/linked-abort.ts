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
