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
