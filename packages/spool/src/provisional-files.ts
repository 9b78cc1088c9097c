import type { SpoolEmit } from './telemetry.ts';

/**
 * Sequences of durable files whose upload may still turn out broken. The first of them holds back
 * every file after it, so none may stay for ever: those that nobody confirmed or interrupted within
 * the limit are interrupted. Bounded by the number of sessions, as each has one upload at a time.
 */
export class ProvisionalFiles {
  readonly #limitMs: number;
  readonly #interrupt: (sequence: number) => Promise<void>;
  readonly #emit: SpoolEmit;
  /** Ascending; with the steady time of being added. */
  readonly #since = new Map<number, number>();
  /** Runs on while files come, and looks at them all: a timer per file would cost every upload. */
  #timer: NodeJS.Timeout | undefined;

  /** `interrupt` must delete the sequence, also where it rejects. */
  constructor(limitMs: number, interrupt: (sequence: number) => Promise<void>, emit: SpoolEmit) {
    this.#limitMs = limitMs;
    this.#interrupt = interrupt;
    this.#emit = emit;
  }

  get first(): number | undefined {
    const [first] = this.#since.keys();
    return first;
  }

  has(sequence: number): boolean {
    return this.#since.has(sequence);
  }

  add(sequence: number): void {
    this.#since.set(sequence, performance.now());
    this.#lookLater();
  }

  /** False where it was settled before. */
  delete(sequence: number): boolean {
    return this.#since.delete(sequence);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [spoolSequence, since] of [...this.#since]) {
      if (now - since < this.#limitMs) continue;
      this.#emit('provisional-expired', { spoolSequence, seconds: (now - since) / 1000 });
      this.#interrupt(spoolSequence).catch((error: unknown) =>
        this.#emit('mark-failed', { spoolSequence, err: error }),
      );
    }
    if (this.#since.size > 0) this.#lookLater();
  }

  #lookLater(): void {
    this.#timer ??= setTimeout(() => this.#look(), this.#limitMs / 2).unref();
  }
}
