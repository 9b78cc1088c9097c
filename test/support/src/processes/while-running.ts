import type { ManagedProcess } from './managed-process.ts';

/**
 * Runs `work`, but rejects as soon as one of the processes ends without being asked to, or has so
 * ended before: with the reason, which `work` gets as the abort of its signal.
 */
export async function whileRunning<T>(
  processes: readonly ManagedProcess[],
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const end = (reason: string): void => ended.abort(new Error(reason));
  const rejection = new Promise<never>((_, reject) => {
    ended.signal.addEventListener('abort', () => reject(ended.signal.reason as Error));
  });
  const unsubscribe = processes.map((process) => process.onUnexpectedEnd(end));
  for (const { unexpectedEnd } of processes) if (unexpectedEnd !== undefined) end(unexpectedEnd);
  try {
    return await Promise.race([rejection, work(ended.signal)]);
  } finally {
    for (const stop of unsubscribe) stop();
  }
}
