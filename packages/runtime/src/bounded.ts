import { Writable } from 'node:stream';

/**
 * A map of at most `limit` entries, which forgets what was set or asked for longest ago: what
 * strangers can fill must have an end.
 */
export class BoundedMap<V> {
  readonly #limit: number;
  readonly #entries = new Map<string, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries();
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }
}

/** Keeps what is written to it. Fails where that is more than `maxBytes`; `name` is for the error. */
export class BoundedSink extends Writable {
  readonly #name: string;
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(name: string, maxBytes: number) {
    super();
    this.#name = name;
    this.#maxBytes = maxBytes;
  }

  content(): Buffer {
    return Buffer.concat(this.#chunks, this.#size);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      done(new Error(`${this.#name} has more than ${this.#maxBytes} bytes`));
      return;
    }
    this.#chunks.push(chunk);
    done();
  }
}
