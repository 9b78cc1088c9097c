import { Writable } from 'node:stream';

/** Keeps what is written to it; fails where that is more than it was told to expect. */
export class BoundedSink extends Writable {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  content(): Buffer {
    return Buffer.concat(this.#chunks, this.#size);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      done(new Error(`the server sends more than the ${this.#maxBytes} bytes that it told`));
      return;
    }
    this.#chunks.push(chunk);
    done();
  }
}
