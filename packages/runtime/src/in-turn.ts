/** Lets one task at a time run, in the order in which they came. The caller bounds the tasks that wait. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    // Without the result: it may be a whole file, and would stay in memory until the next task.
    this.#tail = result.then(ignore, ignore);
    return result;
  }

  /** Resolves when every task that was given so far is over. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}

function ignore(): void {
  // The caller has the error; the queue only waits.
}

/** Lets a number of tasks run at a time; the others wait, first come, first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Tasks that wait for a slot. The caller bounds them. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.take();
    try {
      return await task();
    } finally {
      this.giveBack();
    }
  }

  /** Resolves when the caller has a slot, which it gives back. Rejects with the signal's reason if that is aborted first. */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal?.reason as Error);
      };
      this.#waiting.push(begin);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** The slot goes to the task that waits longest. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

/** Slots for each key; a key is forgotten when none of its tasks runs. */
export class KeyedSlots {
  readonly #count: number;
  readonly #busy = new Map<string, { readonly slots: Slots; tasks: number }>();

  /** `count`: of each key. */
  constructor(count: number) {
    this.#count = count;
  }

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const busy = this.#busy.get(key) ?? { slots: new Slots(this.#count), tasks: 0 };
    this.#busy.set(key, busy);
    busy.tasks += 1;
    try {
      return await busy.slots.run(task);
    } finally {
      busy.tasks -= 1;
      if (busy.tasks === 0) this.#busy.delete(key);
    }
  }
}
