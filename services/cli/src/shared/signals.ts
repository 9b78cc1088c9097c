const signals = ['SIGINT', 'SIGTERM'] as const;

/** For commands that end between two pieces of their work: a signal to the process aborts it with this reason. */
export async function untilSignal<T>(
  reason: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(reason());
  for (const signal of signals) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
