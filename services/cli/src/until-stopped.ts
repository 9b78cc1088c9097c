import type { Logger, Scope } from '@envigate/runtime';

/** A second signal, or this much time, ends a stop that does not end by itself. */
const stopDeadlineMs = 20_000;

/**
 * Runs `start`, then waits for SIGINT, SIGTERM or the failure of a component, then stops the
 * scope. Rejects with the failure.
 */
export async function untilStopped(
  scope: Scope,
  logger: Logger,
  stopping: AbortController,
  start: () => Promise<void>,
): Promise<void> {
  const signal = nextSignal();
  try {
    await Promise.race([signal, start().then(() => Promise.race([signal, scope.failed]))]);
  } finally {
    stopping.abort();
    const forced = setTimeout(() => {
      logger.error('stopping took too long; what was not finished is taken up at the next start');
      process.exit(1);
    }, stopDeadlineMs);
    void nextSignal().then(() => process.exit(1));
    await scope.stop();
    clearTimeout(forced);
  }
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
}
