import type { Socket } from 'node:net';
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

/**
 * A reset that follows the last bytes closely is reported by libuv as an orderly end (it takes
 * POLLHUP after a short read for one). Sending nothing brings the kernel's own word: ECONNRESET for
 * a reset. EPIPE means that an orderly end came before the reset, so nothing is missing.
 */
export function howTcpEnded(socket: Socket): Promise<'in-order' | 'data-lost'> {
  return new Promise((resolve) => {
    socket.write(new Uint8Array(), (error) => {
      const { code } = (error ?? {}) as NodeJS.ErrnoException;
      resolve(code === 'ECONNRESET' ? 'data-lost' : 'in-order');
    });
  });
}
