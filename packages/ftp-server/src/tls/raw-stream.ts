import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A TCP connection under TLS, which tells when it is over before TLS hears of it. Over means closed,
 * half closed or reset: to TLS all of these are an end, because what was said before it counts and
 * what it lacks shows in the missing close_notify.
 */
export class RawStream extends Duplex {
  /** Everything that came has been handed up, and nothing more will. */
  over = false;
  readonly #socket: Socket;
  #ended = false;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    // Before any listener of TLS, so that `over` is set when that one runs.
    this.once('end', () => (this.over = true));
    socket.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('error', () => this.#end());
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    if (socket.destroyed) this.#end();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }
}
