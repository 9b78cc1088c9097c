import type { Slots } from '@envigate/runtime';

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
