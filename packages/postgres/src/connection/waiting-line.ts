import { DatabaseError } from './database-error.ts';

export interface WaitingLineLimits {
  readonly places: number;
  readonly maxWaiting: number;
  readonly patienceMs: number;
}

/**
 * Lets `places` be at work at once and `maxWaiting` more wait, in the order of their coming. Any further
 * one, and one that has waited for `patienceMs`, is rejected. One that is cancelled while it waits frees its
 * place in the line at once, which the queue of pg's own pool does not.
 */
export class WaitingLine {
  #free: number;
  readonly #maxWaiting: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();

  constructor({ places, maxWaiting, patienceMs }: WaitingLineLimits) {
    this.#free = places;
    this.#maxWaiting = maxWaiting;
    this.#patienceMs = patienceMs;
  }

  /** Resolves with what gives the place back. Rejects with a retryable DatabaseError. */
  async enter(signal: AbortSignal | undefined): Promise<() => void> {
    if (signal?.aborted === true) throw cancelledError();
    if (this.#free > 0) this.#free -= 1;
    else if (this.#waiting.size >= this.#maxWaiting) throw busyError();
    else await this.#wait(signal);
    return () => this.#leave();
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(take);
      };
      const abort = (): void => {
        end();
        reject(cancelledError());
      };
      const take = (): void => {
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(busyError());
      }, this.#patienceMs);
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(take);
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    next();
  }
}

/** Of a question whose asker has left. */
export function cancelledError(): DatabaseError {
  const fields = { code: 'cancelled', retryable: true, connectionLost: false };
  return new DatabaseError('nobody waits for the answer any more', fields);
}

function busyError(): DatabaseError {
  const fields = { code: 'busy', retryable: true, connectionLost: false };
  return new DatabaseError('too many questions wait for the database', fields);
}
