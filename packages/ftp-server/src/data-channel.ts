import { messageOf } from '@envigate/runtime';
import { ActiveConnection } from './active-connection.ts';
import { AnswerPace } from './answer-pace.ts';
import {
  howTcpEnded,
  type DataConnection,
  type NoDataConnection,
  type PendingConnection,
  type SocketSource,
} from './data-connection.ts';
import type { PassiveListeners } from './passive-listeners.ts';
import { beginTls, type DataProtection, type Handshake } from './tls/protected-data.ts';
import type { Transfer } from './transfer.ts';

export interface DataChannelOptions {
  readonly listeners: PassiveListeners;
  /** Both ends of the control connection: data connections have the same. */
  readonly peerAddress: string;
  readonly localAddress: string;
  readonly connectSeconds: number;
  readonly onTlsFailure: (reason: string) => void;
  /** Two connections came to the port; the transfer that has taken one of them must not go on. */
  readonly onContested: () => void;
}

/** A session's side of its data connections: at most one is pending at a time. */
export class DataChannel {
  /** Set by PROT P. */
  protection: DataProtection | undefined;
  readonly #options: DataChannelOptions;
  readonly #pace = new AnswerPace();
  #pending: SocketSource | undefined;

  constructor(options: DataChannelOptions) {
    this.#options = options;
  }

  /**
   * Opens a port for the client to connect to; what an earlier call opened is given up. Resolves
   * when the client is to be told.
   */
  async openPassive(account: string): Promise<number> {
    this.close();
    const { listeners, peerAddress, onContested } = this.#options;
    const onConnected = (): void => this.#pace.connected();
    const lease = await listeners.lease({ account, peerAddress, onConnected, onContested });
    this.#pending = lease;
    if (this.#pace.holdsBack) await this.#pace.hold();
    this.#pace.answered();
    return lease.port;
  }

  /** The next transfer connects to this port of the client. */
  openActive(port: number): void {
    this.close();
    this.#pending = new ActiveConnection({ ...this.#options, port });
  }

  /** Hands the pending connection to a transfer, once. */
  take(): PendingConnection | undefined {
    const source = this.#pending;
    this.#pending = undefined;
    if (source === undefined) return undefined;
    return this.protection === undefined
      ? plainConnection(source)
      : new ProtectedConnection(source, this.protection, this.#options.onTlsFailure);
  }

  close(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }
}

function plainConnection(source: SocketSource): PendingConnection {
  return {
    async open() {
      const stream = await source.connection();
      if (typeof stream === 'string') return stream;
      return { stream, howItEnded: () => howTcpEnded(stream) };
    },
    cancel: () => source.cancel(),
  };
}

class ProtectedConnection implements PendingConnection {
  readonly #source: SocketSource;
  readonly #protection: DataProtection;
  readonly #onTlsFailure: (reason: string) => void;
  #handshake: Handshake | undefined;

  constructor(
    source: SocketSource,
    protection: DataProtection,
    onTlsFailure: (reason: string) => void,
  ) {
    this.#source = source;
    this.#protection = protection;
    this.#onTlsFailure = onTlsFailure;
  }

  async open(): Promise<DataConnection | NoDataConnection> {
    const socket = await this.#source.connection();
    if (typeof socket === 'string') return socket;
    this.#handshake = beginTls(socket, this.#protection);
    try {
      const { connection, resumed } = await this.#handshake.done;
      if (resumed || !this.#protection.mustResume) return connection;
      this.#onTlsFailure(
        'the data connection did not resume the session of its control connection',
      );
      connection.stream.destroy();
      return 'session-not-reused';
    } catch (error) {
      this.#onTlsFailure(messageOf(error));
      return 'data-not-secured';
    }
  }

  cancel(): void {
    this.#source.cancel();
    this.#handshake?.cancel();
  }
}

/** Waits for the data connection of a transfer; the reason where there is none. */
export async function awaitConnection(
  pending: PendingConnection,
  transfer: Transfer,
): Promise<DataConnection | NonNullable<Transfer['interruption']>> {
  if (transfer.interruption !== undefined) {
    pending.cancel();
    return transfer.interruption;
  }
  transfer.onInterrupt = () => pending.cancel();
  const opened = await pending.open();
  transfer.onInterrupt = undefined;
  if (transfer.interruption === undefined) return opened;
  // Interrupted when the connection had come and nobody looked at it yet.
  if (typeof opened !== 'string') opened.stream.destroy();
  return transfer.interruption;
}
