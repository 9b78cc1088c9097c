import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { plainAddress } from '@envigate/domain';
import type { NoSocket, SocketSource } from './data-connection.ts';

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

/** Who asks for a port, and what he wants to know of it. */
export interface PassiveLessee {
  readonly account: string;
  /** Of the control connection; data connections have the same. */
  readonly peerAddress: string;
  readonly onConnected: (socket: Socket) => void;
  /** A second connection came: nobody knows which of both is the client's. Called once. */
  readonly onContested: () => void;
}

/**
 * The listening sockets of passive mode, shared by all sessions. A PASV leases one for one data
 * connection, until the end of its transfer. A listener whose one connection has come is kept for a
 * while and leased again, which saves opening a socket for each file. One whose connection never
 * came, or to which two came, is closed: a connection may still be on its way, and would be mistaken
 * for that of the next lease.
 *
 * Where all ports of the range are in use, a transfer that runs gives its port up (it only looks
 * out for a second connection there), and then an account that has asked for more ports than
 * another account gives one up. So no account can keep the ports from the others.
 */
export class PassiveListeners {
  readonly #options: PassiveListenersOptions;
  readonly #open = new Map<number, PassiveListener>();
  readonly #opening = new Set<number>();
  readonly #idle: PassiveListener[] = [];
  /** In the order in which they were given. */
  readonly #leases = new Set<PassiveLease>();
  #nextInRange = 0;
  #closed = false;

  constructor(options: PassiveListenersOptions) {
    this.#options = options;
  }

  /** Listening sockets open now, leased or kept. */
  get open(): number {
    return this.#open.size;
  }

  /** Rejects with NoPortFreeError, or with the system's error where it refuses to listen. */
  async lease(lessee: PassiveLessee): Promise<PassiveLease> {
    const listener = this.#idle.pop() ?? (await this.#openOrReclaim(lessee.account));
    const lease = new PassiveLease(listener.port, lessee, this.#options, (clean) => {
      this.#leases.delete(lease);
      this.#takeBack(listener, clean);
    });
    this.#leases.add(lease);
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

  async #openOrReclaim(account: string): Promise<PassiveListener> {
    try {
      return await this.#openListener();
    } catch (error) {
      if (!(error instanceof NoPortFreeError)) throw error;
      const lease = [...this.#leases].find(({ isTaken }) => isTaken) ?? this.#tooMany(account);
      if (lease === undefined) throw error;
      lease.cancel();
      // Kept where its one connection has come; closed otherwise, so that the port is free.
      return this.#idle.pop() ?? this.#openListener();
    }
  }

  /** The oldest lease of the account that has most of them; undefined where the asking one has as many. */
  #tooMany(asking: string): PassiveLease | undefined {
    const counts = new Map<string, number>([[asking, 1]]);
    for (const { account } of this.#leases) counts.set(account, (counts.get(account) ?? 0) + 1);
    const [most] = [...counts].sort(([, one], [, other]) => other - one);
    if (most === undefined || most[1] <= (counts.get(asking) ?? 0)) return undefined;
    return [...this.#leases].find(({ account }) => account === most[0]);
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
  /** Made once and refreshed for each lease; while there is one it has no effect. */
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
    this.#lease = lease;
  }

  /** Unless there is another lease until then. `seconds` is the same at every call. */
  closeAfter(seconds: number): void {
    if (this.#idleTimer !== undefined) this.#idleTimer.refresh();
    else
      this.#idleTimer = setTimeout(() => {
        if (this.#lease === undefined) this.close();
      }, seconds * 1000);
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
 * The right to one data connection from one address, on one port.
 *
 * - waiting: no connection has come. Ends when the time is up, or by `cancel`.
 * - arrived: one has come, and no transfer has asked for it yet.
 * - taken: a transfer has it. The port stays leased, so that a second connection shows; for as long
 *   as a client may take to connect, and no longer than the transfer, which ends it by `cancel`.
 * - contested: a second connection from the same address has come. Whoever was first need not be
 *   the client, so neither counts.
 * - over: the port is given back.
 */
export class PassiveLease implements SocketSource {
  readonly port: number;
  readonly account: string;
  readonly #lessee: PassiveLessee;
  readonly #onStranger: PassiveListenersOptions['onStranger'];
  readonly #giveBack: (clean: boolean) => void;
  readonly #timer: NodeJS.Timeout;
  #arrived: Socket | undefined;
  #waiting: ((socket: Socket | NoSocket) => void) | undefined;
  #taken = false;
  #contested = false;
  #over = false;

  constructor(
    port: number,
    lessee: PassiveLessee,
    { connectSeconds, onStranger }: Pick<PassiveListenersOptions, 'connectSeconds' | 'onStranger'>,
    giveBack: (clean: boolean) => void,
  ) {
    this.port = port;
    this.account = lessee.account;
    this.#lessee = lessee;
    this.#onStranger = onStranger;
    this.#giveBack = giveBack;
    this.#timer = setTimeout(() => this.cancel(), connectSeconds * 1000);
  }

  get isTaken(): boolean {
    return this.#taken;
  }

  /** A connection came in. */
  offer(socket: Socket): void {
    const { peerAddress, onConnected } = this.#lessee;
    const address = plainAddress(socket.remoteAddress ?? '');
    if (address !== peerAddress) {
      this.#onStranger(address, peerAddress);
      socket.destroy();
      return;
    }
    if (this.#arrived !== undefined) {
      socket.destroy();
      this.#contest();
      return;
    }
    // It may break before a transfer reads it.
    socket.on('error', ignore);
    this.#arrived = socket;
    onConnected(socket);
    if (this.#waiting !== undefined) this.#take(socket, this.#waiting);
  }

  /**
   * Takes the connection, whether it has come yet or is still to come. The reason where it does not
   * come in time (counted from now), the lease is cancelled, or two came.
   */
  connection(): Promise<Socket | NoSocket> {
    return new Promise((resolve) => {
      if (this.#over) resolve(this.#contested ? 'data-contested' : 'no-data-connection');
      else if (this.#arrived !== undefined) this.#take(this.#arrived, resolve);
      else {
        this.#waiting = resolve;
        this.#timer.refresh();
      }
    });
  }

  /** Gives the connection up, or the port alone where a transfer has the connection. */
  cancel(): void {
    if (this.#over) return;
    if (!this.#taken) this.#arrived?.destroy();
    this.#end();
  }

  #take(socket: Socket, resolve: (socket: Socket) => void): void {
    this.#taken = true;
    this.#timer.refresh();
    resolve(socket);
  }

  #contest(): void {
    this.#contested = true;
    if (!this.#taken) this.#arrived?.destroy();
    this.#end();
    this.#lessee.onContested();
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#giveBack(this.#arrived !== undefined && !this.#contested);
    if (!this.#taken) this.#waiting?.(this.#contested ? 'data-contested' : 'no-data-connection');
  }
}

function ignore(): void {
  // The transfer finds the connection destroyed.
}

const replyDelayMs = 1;
/** Most clients send one file, or a few, and leave. */
const delayedAtFirst = 3;
/** Less than the second that curl sleeps. */
const sleepMs = 900;

/**
 * Delays the replies to PASV and EPSV of one session for as long as its client needs that.
 *
 * curl 7.88 (of Debian 12) sleeps for a second where it reads such a reply before it has gone back
 * to waiting for it: one upload in ten, as we have a port at hand and reply at once. A millisecond
 * later it is waiting. A client of many uploads would pay for that with each of them, so replies
 * are delayed at the beginning of a session only, and again for the rest of it once a data connection
 * came so late that its client must have slept.
 */
export class AnswerPace {
  readonly #now: () => number;
  #answers = 0;
  #answeredAt = Infinity;
  #sleeps = false;

  /** `now` in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get delaysReply(): boolean {
    return this.#sleeps || this.#answers < delayedAtFirst;
  }

  delayReply(): Promise<void> {
    return delay(replyDelayMs);
  }

  /** The answer is going out. */
  answered(): void {
    this.#answers += 1;
    this.#answeredAt = this.#now();
  }

  /** The data connection has come. */
  connected(): void {
    if (this.#now() - this.#answeredAt >= sleepMs) this.#sleeps = true;
  }
}
