import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from './port.ts';

const mostTries = 10;
const defaultPauseMs = 500;

/**
 * Records what was done outside, where nothing undoes it: that is worth trying for some seconds, also while
 * the service stops. What cannot be recorded in that time is in doubt.
 */
export async function recordPatiently<T>(
  record: () => Promise<T>,
  onRetry: (error: unknown) => void,
  pauseMs = defaultPauseMs,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await record();
    } catch (error) {
      if (!isRetryable(error) || tries === mostTries) throw error;
      onRetry(error);
      await delay(pauseMs);
    }
  }
}
