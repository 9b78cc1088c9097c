import { DatabaseError } from '../connection/session.ts';

/** SQLSTATE query_canceled: statement_timeout. */
const timedOut = '57014';

/**
 * How many rows a piece has: as many as take about a second, so that no statement comes near its time limit, whatever
 * the size of the rows or the speed of the machine.
 */
export class Pace {
  readonly #min: number;
  readonly #max: number;
  #rows: number;

  constructor({ min = 20, first = 2_000, max = 10_000 } = {}) {
    this.#min = min;
    this.#max = max;
    this.#rows = first;
  }

  /** Runs `work` with a number of rows; with fewer where they were too many for the time limit. */
  async run<T>(work: (rows: number) => Promise<T>): Promise<T> {
    for (;;) {
      const began = performance.now();
      try {
        const result = await work(this.#rows);
        this.#adjust(performance.now() - began);
        return result;
      } catch (error) {
        const isTooMuch = error instanceof DatabaseError && error.code === timedOut;
        if (!isTooMuch || this.#rows <= this.#min) throw error;
        this.#rows = this.#bounded(this.#rows / 4);
      }
    }
  }

  #adjust(elapsedMs: number): void {
    const ratio = Math.min(2, Math.max(0.25, targetMs / Math.max(elapsedMs, 1)));
    this.#rows = this.#bounded(this.#rows * ratio);
  }

  #bounded(rows: number): number {
    return Math.round(Math.min(this.#max, Math.max(this.#min, rows)));
  }
}

const targetMs = 1_000;
