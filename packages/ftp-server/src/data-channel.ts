import type { Duplex } from 'node:stream';
import type { PassiveListeners } from './passive-listeners.ts';
import type { Transfer } from './transfer.ts';

/** A data connection that the client has been told how to make. */
export interface PendingConnection {
  /** Takes it, come or still to come; undefined where it does not come in time or was cancelled. */
  connection(): Promise<Duplex | undefined>;
  cancel(): void;
}

/** A session's side of its data connections: at most one is pending at a time. */
export class DataChannel {
  readonly #listeners: PassiveListeners;
  readonly #peerAddress: string;
  #pending: PendingConnection | undefined;

  constructor(listeners: PassiveListeners, peerAddress: string) {
    this.#listeners = listeners;
    this.#peerAddress = peerAddress;
  }

  /** Opens a port for the client to connect to; what an earlier call opened is given up. */
  async openPassive(): Promise<number> {
    this.close();
    const lease = await this.#listeners.lease(this.#peerAddress);
    this.#pending = lease;
    return lease.port;
  }

  /** Hands the pending connection to a transfer, once. */
  take(): PendingConnection | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  close(): void {
    this.take()?.cancel();
  }
}

/** Waits for the data connection of a transfer; undefined where it did not come or was interrupted. */
export async function awaitConnection(
  pending: PendingConnection,
  transfer: Transfer,
): Promise<Duplex | undefined> {
  if (transfer.interruption !== undefined) {
    pending.cancel();
    return undefined;
  }
  transfer.onInterrupt = () => pending.cancel();
  const stream = await pending.connection();
  transfer.onInterrupt = undefined;
  return stream;
}
