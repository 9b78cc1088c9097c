import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * How an open data connection came to its end.
 *
 * - announced: by the peer's own word (TLS close_notify), which nobody says for a process that died.
 * - in-order: by an end of TCP, which also comes where the peer's process died.
 * - data-lost: by a reset.
 * - no-close-notify: by an end of TCP where the peer's own word is required.
 */
export type DataEnd = 'announced' | 'in-order' | 'data-lost' | 'no-close-notify';

/** A data connection that is open. */
export interface DataConnection {
  readonly stream: Duplex;
  /** Asked after the stream's 'end'. */
  howItEnded(): Promise<DataEnd>;
  /** Ends our side in order where the peer's has ended and was read to its end. */
  close(): void;
}

/** Why there is no TCP connection: it did not come, or two came of which one is a stranger's. */
export type NoSocket = 'no-data-connection' | 'data-contested';

/** Why there is no data connection. */
export type NoDataConnection = NoSocket | 'data-not-secured' | 'session-not-reused';

/** A TCP connection that has been agreed on: come, or still to come. */
export interface SocketSource {
  /** Takes it, once. */
  connection(): Promise<Socket | NoSocket>;
  /** Gives it up, or says that the transfer which has taken it is over. */
  cancel(): void;
}

/** A data connection that has been agreed on. */
export interface PendingConnection {
  /** Takes it, once. */
  open(): Promise<DataConnection | NoDataConnection>;
  cancel(): void;
}

/** A Buffer, which a stream need not convert. */
const nothing = Buffer.alloc(0);

/**
 * A reset that follows the last bytes closely is reported by libuv as an orderly end (it takes
 * POLLHUP after a short read for one). Sending nothing brings the kernel's own word: ECONNRESET for
 * a reset. EPIPE means that an orderly end came before the reset, so nothing is missing.
 */
export function howTcpEnded(socket: Socket): Promise<'in-order' | 'data-lost'> {
  return new Promise((resolve) => {
    socket.write(nothing, (error) => {
      const { code } = (error ?? {}) as NodeJS.ErrnoException;
      resolve(code === 'ECONNRESET' ? 'data-lost' : 'in-order');
    });
  });
}

/** Why a transfer was interrupted. */
export type InterruptionReason =
  | 'client-aborted'
  | 'control-lost'
  | 'data-lost'
  | 'no-close-notify'
  | 'stalled'
  | 'stopping'
  | NoDataConnection;

/** A transfer under way, as the rest of its session sees it. */
export class Transfer {
  readonly path: string;
  bytes = 0;
  /** Set by whichever step of the transfer can be interrupted at the moment; the others run to their end. */
  onInterrupt: (() => void) | undefined;
  #interruption: InterruptionReason | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Why the transfer is to end early, if it is. The first reason counts. */
  get interruption(): InterruptionReason | undefined {
    return this.#interruption;
  }

  interrupt(reason: InterruptionReason): void {
    if (this.#interruption !== undefined) return;
    this.#interruption = reason;
    this.onInterrupt?.();
  }
}

/** Four is where V8 stops keeping a way of its own for each shape. */
const shapes = 8;
/** V8 looks only at functions that have run some times. */
const rounds = 20;

/**
 * Makes the sockets that follow cheaper to make: there is one for each file.
 *
 * Node.js copies the options of a socket and adds some. V8 11 (Node.js 20) gives every such copy a
 * hidden class of its own, which all that reads it has to look up anew. Having seen options of more
 * shapes than it keeps apart, it copies them the plain way, for the rest of the process: so it is
 * shown some. Later versions of V8 do not need it. See docs/adr/0015-what-an-upload-costs.md.
 */
export function settleSocketShapes(): void {
  for (let round = 0; round < rounds; round += 1)
    for (let shape = 0; shape < shapes; shape += 1) new Socket({ [`shape${shape}`]: true });
}
