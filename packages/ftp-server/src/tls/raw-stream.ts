import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Tickets take 0.5 KB. What exceeds this is a listing, or a client that asks for new keys over and over. */
const MAX_GATHERED_BYTES = 16 * 1024;

/**
 * A TCP connection under TLS, which reports its end before TLS sees it. Over means closed,
 * half closed or reset: to TLS all of these are an end, because what was said before it counts and
 * what it lacks shows in the missing close_notify.
 */
export class RawStream extends Duplex {
  /** Everything that came has been handed up, and nothing more will. */
  over = false;
  /** The peer ended its side, and no reset had come until then. */
  endedInOrder = false;
  readonly #socket: Socket;
  #ended = false;
  #gathered: Uint8Array[] | undefined;
  #gatheredBytes = 0;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    // Before any listener of TLS, so that `over` is set when that one runs.
    this.once('end', () => (this.over = true));
    socket.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('error', () => this.#end());
    socket.on('end', () => {
      this.endedInOrder = true;
      this.#end();
    });
    socket.on('close', () => this.#end());
    if (socket.destroyed) this.#end();
  }

  /**
   * Sends nothing from now on until our side ends, or until more than 16 KiB wait. TLS notices no
   * difference: its writes are done at once.
   */
  gatherWrites(): void {
    this.#gathered ??= [];
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (this.#gathered === undefined) {
      this.#socket.write(chunk, done);
      return;
    }
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes > MAX_GATHERED_BYTES) this.#sendGathered();
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#sendGathered();
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #sendGathered(): void {
    const gathered = this.#gathered ?? [];
    this.#gathered = undefined;
    if (gathered.length > 0) this.#socket.write(Buffer.concat(gathered));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }
}
