export interface SharedAnswerLimits {
  /** How long an answer is given to everybody who asks. */
  readonly maxAgeMs: number;
  /** How long the source is waited for. */
  readonly patienceMs: number;
}

export interface Shared<T> {
  /** Undefined where the source never answered. */
  readonly value: T | undefined;
  /** False where the value is older than it should be, as the source failed or takes too long. */
  readonly isCurrent: boolean;
  /** Of the last question, where it failed. */
  readonly failure: Error | undefined;
}

/**
 * The answer to a question that many ask at once. One question at a time goes to the source, so
 * that any number of people cost it no more than one. While the source is away, the last answer
 * stays at hand.
 */
export class SharedAnswer<T> {
  readonly #ask: () => Promise<T>;
  readonly #limits: SharedAnswerLimits;
  #last: { readonly value: T; readonly at: number } | undefined;
  #failure: Error | undefined;
  #running: Promise<void> | undefined;

  constructor(limits: SharedAnswerLimits, ask: () => Promise<T>) {
    this.#limits = limits;
    this.#ask = ask;
  }

  /** Never rejects. */
  async get(): Promise<Shared<T>> {
    if (!this.#isFresh()) {
      this.#running ??= this.#refresh();
      await within(this.#limits.patienceMs, this.#running);
    }
    return { value: this.#last?.value, isCurrent: this.#isFresh(), failure: this.#failure };
  }

  async #refresh(): Promise<void> {
    try {
      this.#last = { value: await this.#ask(), at: performance.now() };
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#running = undefined;
    }
  }

  #isFresh(): boolean {
    return this.#last !== undefined && performance.now() - this.#last.at < this.#limits.maxAgeMs;
  }
}

/** Resolves with the promise, or after this time without it. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
