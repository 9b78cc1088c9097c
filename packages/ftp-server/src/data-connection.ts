import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How an open data connection came to its end: as the peer meant it, or cut. */
export type DataEnd = 'in-order' | 'data-lost' | 'no-close-notify';

/** A data connection that is open. */
export interface DataConnection {
  readonly stream: Duplex;
  /** An end in order is the peer's own word (TLS close_notify), which nobody says for a process that died. */
  readonly tellsItsEnd: boolean;
  /** Asked after the stream's 'end'. */
  howItEnded(): Promise<DataEnd>;
}

/** Why there is no data connection. */
export type NoDataConnection = 'no-data-connection' | 'data-not-secured' | 'session-not-reused';

/** A TCP connection that has been agreed on: come, or still to come. */
export interface SocketSource {
  /** Takes it, once; undefined where it does not come in time or was cancelled. */
  connection(): Promise<Socket | undefined>;
  /** Gives it up, unless it is taken already. */
  cancel(): void;
}

/** A data connection that has been agreed on. */
export interface PendingConnection {
  /** Takes it, once. */
  open(): Promise<DataConnection | NoDataConnection>;
  cancel(): void;
}
