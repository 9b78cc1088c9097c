import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { plainAddress } from '@envigate/domain';
import { ListenError } from '@envigate/runtime';
import { closing, formatReply } from './reply.ts';
import type { SessionEnvironment } from './session-state.ts';
import { Session } from './session.ts';

/** How TLS begins: after AUTH, if at all, or with the connection. */
type DoorKind = 'explicit' | 'implicit';

/** Sessions that were ended to make room and still wait for the decision about their login. */
const MAX_CROWDED_OUT = 100;

/** The listening control ports, and the sessions that came in by them. */
export class Doors {
  readonly #environment: SessionEnvironment;
  readonly #maxSessions: number;
  readonly #listeners: Server[] = [];
  /** In the order in which they came. */
  readonly #sessions = new Set<Session>();
  /** Of the sessions, those that were ended to make room. */
  readonly #crowdedOut = new Set<Session>();

  constructor(environment: SessionEnvironment, maxSessions: number) {
    this.#environment = environment;
    this.#maxSessions = maxSessions;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  get dataListeners(): number {
    return this.#environment.listeners.open;
  }

  /** Listens; the port. Rejects with a ListenError. */
  async open(
    at: { readonly host: string; readonly port: number },
    kind: DoorKind,
  ): Promise<number> {
    const listener = createServer(
      // Half open, so that a connection whose client has ended can still be asked how (see Receipts).
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, allowHalfOpen: true },
      (socket) => this.#take(socket, kind),
    );
    // Also after the start: a listener that fails to accept (no file descriptors) goes on.
    listener.on('error', (error) => {
      if (listener.listening) this.#environment.emit('accept-failed', { err: error });
    });
    try {
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen({ ...at, backlog: 511 }, () => {
          listener.removeListener('error', reject);
          resolve();
        });
      });
    } catch (error) {
      throw new ListenError(kind === 'implicit' ? 'FTPS' : 'FTP', at, error);
    }
    this.#listeners.push(listener);
    return (listener.address() as AddressInfo).port;
  }

  /** Takes no new session, lets commands and uploads under way finish for a while, then closes all. */
  async close(drainSeconds: number): Promise<void> {
    const { listeners, lingering } = this.#environment;
    const listenersClosed = Promise.all(
      this.#listeners.map((listener) => new Promise((resolve) => listener.close(resolve))),
    );
    const closed = Promise.all([...this.#sessions].map((session) => session.closed));
    for (const session of this.#sessions) session.drain();
    if (!(await settlesWithin(drainSeconds, closed))) {
      for (const session of this.#sessions) session.destroy();
      // What still runs now hangs in the hall; its outcome reaches no client any more.
      await settlesWithin(1, closed);
    }
    listeners.close();
    lingering.destroyAll();
    await listenersClosed;
  }

  #take(socket: Socket, kind: DoorKind): void {
    const { remoteAddress, remotePort, localAddress } = socket;
    // Gone before it was accepted.
    if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined) {
      socket.destroy();
      return;
    }
    const { hall, emit, tls } = this.#environment;
    const peer = { address: plainAddress(remoteAddress), port: remotePort };
    const place = this.#findPlace();
    if (place === 'none') {
      emit('connection-refused', { peer: peer.address, sessions: this.#sessions.size });
      refuse(socket, kind, 'Too many sessions; try again later.');
      return;
    }
    const admission = hall.admit(peer, kind === 'implicit' ? 'ftps' : 'ftp');
    if (admission === undefined) {
      refuse(socket, kind, 'Not now; try again later.');
      return;
    }
    if (place !== 'free') this.#crowdOut(place);
    const implicitTls = kind === 'implicit' ? tls?.contexts.forSession(peer.address) : undefined;
    const isOwnProbe = admission.isOwnProbe === true;
    const facts = { peer, localAddress: plainAddress(localAddress), implicitTls, isOwnProbe };
    const session = new Session(socket, facts, this.#environment);
    this.#sessions.add(session);
    void session.closed.then(() => {
      this.#sessions.delete(session);
      this.#crowdedOut.delete(session);
      admission.leave();
    });
  }

  /**
   * Whether one more may come in. Where all places are taken, the oldest session that has not logged
   * in is to lose its own: silent connections must not keep stations out until their time is up.
   */
  #findPlace(): 'free' | 'none' | Session {
    if (this.#sessions.size - this.#crowdedOut.size < this.#maxSessions) return 'free';
    if (this.#crowdedOut.size >= MAX_CROWDED_OUT) return 'none';
    for (const session of this.#sessions) if (session.isWaitingForLogin) return session;
    return 'none';
  }

  #crowdOut(session: Session): void {
    this.#crowdedOut.add(session);
    session.crowdOut();
  }
}

/** Nobody waits for those who are refused: they may be many. */
function refuse(socket: Socket, kind: DoorKind, text: string): void {
  socket.on('error', () => undefined);
  // A client that waits for TLS could not read the words, and a handshake would cost us.
  if (kind === 'explicit') socket.write(formatReply(closing(421, text)));
  socket.destroySoon();
}

async function settlesWithin(seconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), seconds * 1000);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
