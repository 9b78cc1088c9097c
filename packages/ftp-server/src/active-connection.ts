import { connect, type Socket } from 'node:net';
import type { NoSocket, SocketSource } from './data-connection.ts';

export interface ActiveConnectionOptions {
  /** The client's, as of its control connection; nobody else is ever connected to. */
  readonly peerAddress: string;
  readonly port: number;
  /** Ours that the client came to: its firewall expects no other. */
  readonly localAddress: string;
  readonly connectSeconds: number;
}

/** A data connection that the server makes (PORT, EPRT), when a transfer asks for it. */
export class ActiveConnection implements SocketSource {
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
