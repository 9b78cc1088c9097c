import { translated } from '../errors.ts';

/** One connection that many calls share, opened with the first and opened anew after an error. */
export class SharedConnection<T> {
  readonly #open: () => Promise<T>;
  readonly #close: (connection: T) => Promise<void>;
  #current: Promise<T> | undefined;

  constructor(open: () => Promise<T>, close: (connection: T) => Promise<void>) {
    this.#open = open;
    this.#close = close;
  }

  /** Rejects with one of our errors, which says what was being done. */
  async use<R>(doing: string, call: (connection: T) => Promise<R>): Promise<R> {
    const fresh = this.#current === undefined;
    const current = (this.#current ??= this.#open());
    try {
      return await call(await current);
    } catch (error) {
      if (this.#current === current) this.#current = undefined;
      current.then(this.#close).catch(() => undefined);
      // That a restarted broker has dropped a connection shows only when it is used.
      if (!fresh) return this.use(doing, call);
      throw translated(doing, error);
    }
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.then(this.#close).catch(() => undefined);
  }
}
