import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SocketSource } from './data-connection.ts';
import { plainAddress } from './peer-address.ts';

export interface PassiveListenersOptions {
  readonly host: string;
  /** Ports to use, both ends included; absent: the system chooses. */
  readonly ports?: { readonly from: number; readonly to: number } | undefined;
  /** How long a lease waits for its connection. */
  readonly connectSeconds: number;
  /** How long a listener without a lease is kept for the next one; default 10. */
  readonly idleSeconds?: number;
  /** A connection was dropped because it came from another address than the control connection's. */
  readonly onStranger: (address: string, expected: string) => void;
}

/** All ports of the range are in use. */
export class NoPortFreeError extends Error {
  constructor(options?: ErrorOptions) {
    super('no port for a data connection is free', options);
    this.name = 'NoPortFreeError';
  }
}

/**
 * The listening sockets of passive mode, shared by all sessions. A PASV leases one for one data
 * connection. A listener whose connection has come is kept for a while and leased again, which
 * saves opening a socket for each file. One whose connection never came is closed: that connection
 * may still be on its way, and must not be taken for the next lease's.
 */
export class PassiveListeners {
  readonly #options: PassiveListenersOptions;
  readonly #open = new Map<number, PassiveListener>();
  readonly #opening = new Set<number>();
  readonly #idle: PassiveListener[] = [];
  #nextInRange = 0;
  #closed = false;

  constructor(options: PassiveListenersOptions) {
    this.#options = options;
  }

  /** Listening sockets open now, leased or kept. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * `onConnected` is called when the connection has come. Rejects with NoPortFreeError, or with the
   * system's error where it refuses to listen.
   */
  async lease(peerAddress: string, onConnected: () => void): Promise<PassiveLease> {
    const listener = this.#idle.pop() ?? (await this.#openListener());
    const lease = new PassiveLease(listener.port, peerAddress, this.#options, {
      onConnected,
      giveBack: (clean) => this.#takeBack(listener, clean),
    });
    listener.serve(lease);
    return lease;
  }

  /** Closes every listener, leased or not. */
  close(): void {
    this.#closed = true;
    for (const listener of [...this.#open.values()]) listener.close();
  }

  #takeBack(listener: PassiveListener, clean: boolean): void {
    listener.serve(undefined);
    if (!clean || !listener.listening) {
      listener.close();
      return;
    }
    this.#idle.push(listener);
    listener.closeAfter(this.#options.idleSeconds ?? 10);
  }

  async #openListener(): Promise<PassiveListener> {
    const range = this.#options.ports;
    if (range === undefined) return this.#listen(0);
    const size = range.to - range.from + 1;
    let cause: unknown;
    for (let tries = 0; tries < size; tries += 1) {
      const port = range.from + (this.#nextInRange++ % size);
      if (this.#open.has(port) || this.#opening.has(port)) continue;
      this.#opening.add(port);
      try {
        return await this.#listen(port);
      } catch (error) {
        // Another program has this port, or the listener closed a moment ago still does.
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        cause = error;
      } finally {
        this.#opening.delete(port);
      }
    }
    throw new NoPortFreeError({ cause });
  }

  async #listen(port: number): Promise<PassiveListener> {
    const listener = await PassiveListener.open(this.#options.host, port);
    if (this.#closed) {
      listener.close();
      throw new Error('the FTP server is stopping');
    }
    this.#open.set(listener.port, listener);
    listener.onClose = () => {
      this.#open.delete(listener.port);
      const kept = this.#idle.indexOf(listener);
      if (kept !== -1) this.#idle.splice(kept, 1);
    };
    return listener;
  }
}

/** One listening socket. Connections without a lease to take them are dropped at once. */
class PassiveListener {
  readonly port: number;
  onClose: (() => void) | undefined;
  readonly #server: Server;
  #lease: PassiveLease | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  static open(host: string, port: number): Promise<PassiveListener> {
    return new Promise((resolve, reject) => {
      // Half open, so that a connection whose peer has ended can still be asked how (see howTcpEnded).
      const server = createServer({ allowHalfOpen: true });
      server.once('error', reject);
      server.listen({ host, port, backlog: 8 }, () => {
        server.removeListener('error', reject);
        resolve(new PassiveListener(server));
      });
    });
  }

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      if (this.#lease === undefined) socket.destroy();
      else this.#lease.offer(socket);
    });
    // Failing to accept (no file descriptors) shows as a lease that nobody takes up.
    server.on('error', () => undefined);
  }

  get listening(): boolean {
    return this.#server.listening;
  }

  serve(lease: PassiveLease | undefined): void {
    clearTimeout(this.#idleTimer);
    this.#lease = lease;
  }

  closeAfter(seconds: number): void {
    this.#idleTimer = setTimeout(() => this.close(), seconds * 1000);
  }

  close(): void {
    clearTimeout(this.#idleTimer);
    if (!this.listening) return;
    this.#server.close();
    this.onClose?.();
    this.#lease?.cancel();
  }
}

/**
 * The right to one data connection from one address, on one port, for a limited time. Over once
 * the connection is taken, the time has run out, or it is cancelled.
 */
export class PassiveLease implements SocketSource {
  readonly port: number;
  readonly #peerAddress: string;
  readonly #onStranger: PassiveListenersOptions['onStranger'];
  readonly #onConnected: () => void;
  readonly #giveBack: (clean: boolean) => void;
  readonly #timer: NodeJS.Timeout;
  #arrived: Socket | undefined;
  #waiting: ((socket: Socket | undefined) => void) | undefined;
  #doubled = false;
  #over = false;

  constructor(
    port: number,
    peerAddress: string,
    { connectSeconds, onStranger }: PassiveListenersOptions,
    { onConnected, giveBack }: { onConnected: () => void; giveBack: (clean: boolean) => void },
  ) {
    this.port = port;
    this.#peerAddress = peerAddress;
    this.#onStranger = onStranger;
    this.#onConnected = onConnected;
    this.#giveBack = giveBack;
    this.#timer = setTimeout(() => this.cancel(), connectSeconds * 1000);
  }

  /** A connection came in. The first from the right address is the one. */
  offer(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    if (address !== this.#peerAddress) {
      this.#onStranger(address, this.#peerAddress);
      socket.destroy();
      return;
    }
    if (this.#arrived !== undefined) {
      this.#doubled = true;
      socket.destroy();
      return;
    }
    clearTimeout(this.#timer);
    // It may break before a transfer reads it; the transfer then finds it destroyed.
    socket.on('error', () => undefined);
    this.#arrived = socket;
    this.#onConnected();
    if (this.#waiting !== undefined) this.#end(socket);
  }

  /**
   * Takes the connection, whether it has come yet or is still to come. Undefined where it does not
   * come in time (counted from now) or the lease is cancelled.
   */
  connection(): Promise<Socket | undefined> {
    if (this.#over) return Promise.resolve(undefined);
    if (this.#arrived !== undefined) {
      const socket = this.#arrived;
      this.#end(socket);
      return Promise.resolve(socket);
    }
    this.#timer.refresh();
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  /** Gives the connection up, unless it is taken already. */
  cancel(): void {
    if (this.#over) return;
    this.#arrived?.destroy();
    this.#end(undefined);
  }

  #end(taken: Socket | undefined): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#giveBack(this.#arrived !== undefined && !this.#doubled);
    this.#waiting?.(taken);
  }
}
