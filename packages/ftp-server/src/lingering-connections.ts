import type { Duplex } from 'node:stream';
import { discardRest } from '@envigate/runtime';

const LINGER_MS = 5000;
/** Each takes a socket and a buffer of the kernel, and they are more than the sessions allow for. */
const MAX_LINGERING = 512;

/**
 * Connections that we are done with and the peer is not. Closing one at once while the peer still
 * sends makes TCP answer with a reset, and the peer may lose the reply that explains why. So what
 * it sends is read and thrown away until it closes, within limits of time, bytes and number. Beyond
 * that number the oldest is closed at once: it had the most time to read its reply.
 */
export class LingeringConnections {
  readonly #streams = new Set<Duplex>();

  get size(): number {
    return this.#streams.size;
  }

  add(stream: Duplex): void {
    if (stream.destroyed) return;
    this.#streams.add(stream);
    if (this.#streams.size > MAX_LINGERING) {
      const [oldest = stream] = this.#streams;
      this.#streams.delete(oldest);
      oldest.destroy();
    }
    if (!stream.writableEnded) stream.end();
    const timer = setTimeout(() => stream.destroy(), LINGER_MS);
    stream.once('close', () => {
      clearTimeout(timer);
      this.#streams.delete(stream);
    });
    discardRest(stream);
    stream.resume();
  }

  destroyAll(): void {
    for (const stream of this.#streams) stream.destroy();
  }
}
