import { connect, type Socket } from 'node:net';
import { messageOf } from '@envigate/runtime';
import { AnswerPace, type PassiveListeners } from './passive-listeners.ts';
import {
  howTcpEnded,
  type DataConnection,
  type NoDataConnection,
  type NoSocket,
  type PendingConnection,
  type SocketSource,
  type Transfer,
} from './data-connection.ts';
import { beginTls, type DataProtection, type Handshake } from './protected-data.ts';

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

/** A data connection that has been agreed on, and the TLS that began when it came. */
interface Agreed {
  readonly source: SocketSource;
  readonly tls: EarlyTls;
}

interface EarlyTls {
  handshake: Handshake | undefined;
}

/** A session's side of its data connections: at most one is pending at a time. */
export class DataChannel {
  readonly #options: DataChannelOptions;
  readonly #pace = new AnswerPace();
  #protection: DataProtection | undefined;
  #pending: Agreed | undefined;

  constructor(options: DataChannelOptions) {
    this.#options = options;
  }

  get protection(): DataProtection | undefined {
    return this.#protection;
  }

  /** By PROT. A connection that speaks TLS already is given up where it is not to. */
  set protection(protection: DataProtection | undefined) {
    if (protection === undefined && this.#pending?.tls.handshake !== undefined) this.close();
    this.#protection = protection;
  }

  /**
   * Opens a port for the client to connect to; what an earlier call opened is given up. Resolves
   * with the port when the reply may be sent. TLS begins with the connection: some clients (aioftp) set it up
   * before they ask for the transfer, others after the 150.
   */
  async openPassive(account: string): Promise<number> {
    this.close();
    const { listeners, peerAddress, onContested } = this.#options;
    const tls: EarlyTls = { handshake: undefined };
    const onConnected = (socket: Socket): void => {
      this.#pace.connected();
      if (this.#protection !== undefined) tls.handshake = beginTls(socket, this.#protection);
    };
    const lease = await listeners.lease({ account, peerAddress, onConnected, onContested });
    this.#pending = { source: lease, tls };
    if (this.#pace.delaysReply) await this.#pace.delayReply();
    this.#pace.answered();
    return lease.port;
  }

  /** The next transfer connects to this port of the client. */
  openActive(port: number): void {
    this.close();
    const source = new ActiveConnection({ ...this.#options, port });
    this.#pending = { source, tls: { handshake: undefined } };
  }

  /** Hands the pending connection to a transfer, once. */
  take(): PendingConnection | undefined {
    const agreed = this.#pending;
    this.#pending = undefined;
    if (agreed === undefined) return undefined;
    return this.#protection === undefined
      ? plainConnection(agreed.source)
      : new ProtectedConnection(agreed, this.#protection, this.#options.onTlsFailure);
  }

  close(): void {
    this.#pending?.source.cancel();
    this.#pending?.tls.handshake?.cancel();
    this.#pending = undefined;
  }
}

function plainConnection(source: SocketSource): PendingConnection {
  return {
    open: () => source.connection().then(toConnection),
    cancel: () => source.cancel(),
  };
}

function toConnection(socket: Socket | NoSocket): DataConnection | NoSocket {
  if (typeof socket === 'string') return socket;
  return {
    stream: socket,
    howItEnded: () => howTcpEnded(socket),
    // Nothing is unread and nothing to be sent, so the system ends it in order, as by `end` and one call less.
    close: () => socket.destroy(),
  };
}

class ProtectedConnection implements PendingConnection {
  readonly #source: SocketSource;
  readonly #tls: EarlyTls;
  readonly #protection: DataProtection;
  readonly #onTlsFailure: (reason: string) => void;

  constructor(
    { source, tls }: Agreed,
    protection: DataProtection,
    onTlsFailure: (reason: string) => void,
  ) {
    this.#source = source;
    this.#tls = tls;
    this.#protection = protection;
    this.#onTlsFailure = onTlsFailure;
  }

  async open(): Promise<DataConnection | NoDataConnection> {
    const socket = await this.#source.connection();
    if (typeof socket === 'string') return socket;
    const handshake = (this.#tls.handshake ??= beginTls(socket, this.#protection));
    const timer = setTimeout(
      () => handshake.cancel(new Error('the TLS handshake took too long')),
      this.#protection.handshakeSeconds * 1000,
    );
    try {
      const { connection, resumed } = await handshake.done;
      if (resumed || !this.#protection.mustResume) {
        // The transfer's from now on; it may leave it to close in its own time.
        this.#tls.handshake = undefined;
        return connection;
      }
      this.#onTlsFailure(
        'the data connection did not resume the session of its control connection',
      );
      connection.stream.destroy();
      return 'session-not-reused';
    } catch (error) {
      this.#onTlsFailure(messageOf(error));
      return 'data-not-secured';
    } finally {
      clearTimeout(timer);
    }
  }

  cancel(): void {
    this.#source.cancel();
    this.#tls.handshake?.cancel();
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

export interface ActiveConnectionOptions {
  /** The client's, as of its control connection; nobody else is ever connected to. */
  readonly peerAddress: string;
  readonly port: number;
  /** Ours that the client came to: its firewall expects no other. */
  readonly localAddress: string;
  readonly connectSeconds: number;
}

/** A data connection that the server makes (PORT, EPRT), when a transfer asks for it. */
class ActiveConnection implements SocketSource {
  readonly #options: ActiveConnectionOptions;
  #connecting: Socket | undefined;
  #connected = false;

  constructor(options: ActiveConnectionOptions) {
    this.#options = options;
  }

  connection(): Promise<Socket | NoSocket> {
    const { peerAddress: host, port, localAddress, connectSeconds } = this.#options;
    return new Promise((resolve) => {
      // Half open, so that a connection whose peer has ended can still be asked how (see howTcpEnded).
      const socket = connect({ host, port, localAddress, noDelay: true, allowHalfOpen: true });
      this.#connecting = socket;
      const timer = setTimeout(() => socket.destroy(), connectSeconds * 1000);
      // Also after the connection: the transfer finds it destroyed.
      socket.on('error', () => undefined);
      socket.once('connect', () => {
        clearTimeout(timer);
        this.#connected = true;
        resolve(socket);
      });
      socket.once('close', () => {
        clearTimeout(timer);
        resolve('no-data-connection');
      });
    });
  }

  /** Gives the connection up, unless it is made already. */
  cancel(): void {
    if (!this.#connected) this.#connecting?.destroy();
  }
}
