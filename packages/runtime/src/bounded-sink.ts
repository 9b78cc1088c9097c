import { Writable } from 'node:stream';

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
