/** Lets each key have a few pieces of work at a time; the others wait, first come, first served. */
export class Turns {
  readonly #atOnce: number;
  readonly #busy = new Map<string, { running: number; readonly waiting: (() => void)[] }>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const place = this.#busy.get(key) ?? { running: 0, waiting: [] };
    this.#busy.set(key, place);
    if (place.running >= this.#atOnce)
      await new Promise<void>((resolve) => place.waiting.push(resolve));
    else place.running += 1;
    try {
      return await work();
    } finally {
      // The turn goes to the next one in the queue.
      const next = place.waiting.shift();
      if (next !== undefined) next();
      else if ((place.running -= 1) === 0) this.#busy.delete(key);
    }
  }
}
