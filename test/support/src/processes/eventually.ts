/**
 * Tries until `attempt` no longer throws; rejects with its last error after `timeoutMs`, or with the
 * reason of `signal` when that is aborted.
 */
export async function eventually<T>(
  attempt: () => Promise<T> | T,
  {
    timeoutMs = 30_000,
    everyMs = 100,
    signal,
  }: { timeoutMs?: number; everyMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
