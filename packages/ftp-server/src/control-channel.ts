import type { Duplex } from 'node:stream';
import { LineDecoder, type ControlLine } from './line-decoder.ts';
import type { LingeringConnections } from './lingering-connections.ts';
import { formatReply, type Reply } from './reply.ts';

const MAX_LINE_BYTES = 4096;
/** Replies that the client does not read; far more than any answer of ours. */
const MAX_UNREAD_BYTES = 256 * 1024;

export interface ControlChannelOptions {
  readonly stream: Duplex;
  readonly lingering: LingeringConnections;
  readonly onLine: (line: ControlLine) => void;
  /** The client closed or lost the connection. Called once, and not after `close`. */
  readonly onLost: () => void;
}

/** Lines in, replies out, over whatever stream it is given. */
export class ControlChannel {
  readonly #stream: Duplex;
  readonly #lingering: LingeringConnections;
  readonly #onLost: () => void;
  #open = true;

  constructor({ stream, lingering, onLine, onLost }: ControlChannelOptions) {
    this.#stream = stream;
    this.#lingering = lingering;
    this.#onLost = onLost;
    const decoder = new LineDecoder(MAX_LINE_BYTES);
    stream.on('data', (chunk: Uint8Array) => {
      for (const line of decoder.push(chunk)) {
        if (!this.#open) return;
        onLine(line);
      }
    });
    // The end counts as lost, though half a connection could still carry replies: it is how the
    // death of a client shows, and no client ends its side before it has read the last reply.
    stream.on('end', () => this.#lose());
    stream.on('close', () => this.#lose());
    stream.on('error', () => this.#lose());
  }

  send(reply: Reply): void {
    if (!this.#open) return;
    this.#stream.write(formatReply(reply));
    if (this.#stream.writableLength > MAX_UNREAD_BYTES) this.#lose();
  }

  /** Closes after what was sent has gone out. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.end();
    this.#lingering.add(this.#stream);
  }

  #lose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.destroy();
    this.#onLost();
  }
}
