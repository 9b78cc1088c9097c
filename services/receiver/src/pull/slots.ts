/** So many may go on at a time; the others wait in the order in which they came. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Rejects with the signal's reason where it is aborted first. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

/** Time after which a step no longer keeps others from going on. */
const defaultPatienceMs = 1000;

/**
 * A task's hold of a slot. While a server keeps the task waiting the slot is given to others, so
 * that however many servers are dead, the living ones are served.
 */
export class Turn {
  readonly #slots: Slots;
  readonly #signal: AbortSignal;
  readonly #patienceMs: number;
  #isHeld = false;

  constructor(slots: Slots, signal: AbortSignal, patienceMs = defaultPatienceMs) {
    this.#slots = slots;
    this.#signal = signal;
    this.#patienceMs = patienceMs;
  }

  async begin(): Promise<void> {
    await this.#slots.take(this.#signal);
    this.#isHeld = true;
  }

  /** Does a step that waits for somebody else; afterwards the slot is held again. */
  async during<T>(step: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.end(), this.#patienceMs);
    try {
      return await step();
    } finally {
      clearTimeout(timer);
      if (!this.#isHeld) await this.begin();
    }
  }

  /** Safe to call twice. */
  end(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#slots.giveBack();
  }
}
