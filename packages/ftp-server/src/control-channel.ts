import type { Duplex } from 'node:stream';
import { freeChunk } from '@envigate/runtime';
import { LineDecoder, type ControlLine } from './line-decoder.ts';
import type { LingeringConnections } from './lingering-connections.ts';
import { Receipts } from './receipts.ts';
import { formatReply, type Reply } from './reply.ts';

const MAX_LINE_BYTES = 4096;
/** Replies that the client does not read; far more than any answer of ours. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** Bytes turned into commands in one turn of the event loop: far more than a client sends at once. */
const BYTES_PER_TURN = 512;

export interface ControlChannelOptions {
  readonly stream: Duplex;
  readonly lingering: LingeringConnections;
  readonly onLine: (line: ControlLine) => void;
  /** The client closed or lost the connection. Called once, and not after `close`. */
  readonly onLost: () => void;
}

/** Lines in, replies out, over whatever stream it is given. */
export class ControlChannel {
  readonly #options: ControlChannelOptions;
  readonly #receipts = new Receipts();
  #stream: Duplex;
  #stopReading: () => void;
  #open = true;

  constructor(options: ControlChannelOptions) {
    this.#options = options;
    this.#stream = options.stream;
    this.#stopReading = this.#read(options.stream);
  }

  send(reply: Reply): void {
    const { receipt } = reply;
    if (!this.#open) {
      if (receipt !== undefined) this.#receipts.interrupt(receipt);
      return;
    }
    this.#stream.write(formatReply(reply));
    if (receipt !== undefined) this.#receipts.expect(receipt);
    if (this.#stream.writableLength > MAX_UNREAD_BYTES) this.#break();
  }

  /** Resolves when it is known of every reply whether it was read; asked when the channel is closed or lost. */
  settled(): Promise<void> {
    return this.#receipts.settled();
  }

  /**
   * Goes on in TLS behind `reply`. What came ahead of TLS in the clear is never read as commands:
   * a man in the middle could have put it there.
   */
  startTls(reply: Reply, secure: (stream: Duplex) => Duplex): void {
    if (!this.#open) return;
    const plain = this.#stream;
    this.#stopReading();
    plain.pause();
    plain.write(formatReply(reply), () => {
      if (!this.#open) return;
      this.#stream = secure(plain);
      this.#stopReading = this.#read(this.#stream);
    });
  }

  /** Closes after what was sent has gone out. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#receipts.close();
    this.#stream.end();
    this.#options.lingering.add(this.#stream);
  }

  /**
   * Gives the stream's lines to the session until what it returns is called. A client that sends very
   * much at once is read in pieces, so that other sessions have their turn in between.
   */
  #read(stream: Duplex): () => void {
    const decoder = new LineDecoder(MAX_LINE_BYTES);
    let reading = true;
    const isReading = (): boolean => this.#open && reading;
    const take = (chunk: Uint8Array, from: number): void => {
      const to = Math.min(from + BYTES_PER_TURN, chunk.length);
      if (isReading()) {
        const isAll = from === 0 && to === chunk.length;
        for (const line of decoder.push(isAll ? chunk : chunk.subarray(from, to)))
          if (isReading()) this.#options.onLine(line);
      }
      if (isReading() && to < chunk.length) {
        stream.pause();
        setImmediate(() => take(chunk, to));
        return;
      }
      freeChunk(chunk);
      if (isReading() && stream.isPaused()) stream.resume();
    };
    const onData = (chunk: Uint8Array): void => {
      this.#receipts.confirmAll();
      take(chunk, 0);
    };
    // The end counts as lost, though half a connection could still carry replies: it is how the
    // death of a client shows, and no client ends its side before it has read the last reply.
    const onEnd = (): void => this.#lose(() => this.#receipts.judgeAfterEnd(this.#stream));
    const onBroken = (): void => this.#break();
    stream.on('data', onData).on('end', onEnd).on('close', onBroken).on('error', onBroken);
    return () => {
      reading = false;
      stream.off('data', onData).off('end', onEnd);
    };
  }

  #break(): void {
    this.#lose(() => {
      this.#stream.destroy();
      this.#receipts.interruptAll();
    });
  }

  #lose(end: () => void): void {
    if (!this.#open) return;
    this.#open = false;
    end();
    this.#options.onLost();
  }
}
