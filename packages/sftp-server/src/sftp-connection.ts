import type { Socket } from 'node:net';
import {
  TreeError,
  sessionLimitText,
  userForLog,
  type AccountTree,
  type ListingBudget,
  type Peer,
  type ReceptionHall,
} from '@envigate/domain';
import { discardRest, type Clock } from '@envigate/runtime';
import type { AuthContext, Connection, ServerChannel, Session } from 'ssh2';
import { authenticate, type AuthenticationOutcome } from './authentication.ts';
import { SftpChannel, type Carrier } from './sftp-channel.ts';
import { SftpSession } from './sftp-session.ts';
import { answerLateRequests, disconnectWith } from './ssh2-internals.ts';
import type { EndReason, LoginMethod, ProgramRequest, SftpEmit } from './telemetry.ts';

const methods = ['publickey', 'password'] as const;
/** Refused keys count too, and an agent may hold several. */
const maxAttempts = 10;
const maxChannels = 10;
/** Bytes of requests not yet answered at which the connection stops, and goes on, reading. */
const pauseAbove = 1024 * 1024;
const resumeBelow = 256 * 1024;
/**
 * A client that asks and does not read the answers is cut off: they would fill our memory. The most that
 * a client is known to ask for at once are 32 pages of a listing, half of it.
 */
const maxUnsentBytes = 1024 * 1024;
/** Of all channels of a connection. */
const maxHandles = 256;
/** How long a client may take to hang up after we did. */
const hangUpMs = 2000;

export interface SftpConnectionOptions {
  readonly socket: Socket;
  readonly peer: Peer;
  readonly hall: ReceptionHall;
  readonly emit: SftpEmit;
  readonly clock: Clock;
  readonly listings: ListingBudget;
  readonly loginSeconds: number;
  readonly idleSeconds: number;
}

/**
 * One TCP connection, from accept to close: the deadline for the login, the login, its SFTP
 * channels, the idle time and the end. No error of a client leaves this object.
 */
export class SftpConnection implements Carrier {
  /** Resolves when the socket is closed and every upload is committed or aborted. */
  readonly closed: Promise<void>;
  readonly #options: SftpConnectionOptions;
  readonly #peerName: string;
  readonly #channels = new Set<SftpChannel>();
  readonly #timer: NodeJS.Timeout;
  #client: Connection | undefined;
  #login: { readonly tree: AccountTree; readonly at: number } | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #hangUpTimer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #openChannels = 0;
  #held = 0;
  #isGathering = false;
  #stopping = false;
  #isCrowdedOut = false;
  #isOver = false;

  constructor(options: SftpConnectionOptions) {
    this.#options = options;
    this.#peerName = `${options.peer.address}:${String(options.peer.port)}`;
    this.#timer = setTimeout(() => this.end('login-timeout'), options.loginSeconds * 1000);
    this.closed = new Promise((resolve) => {
      // ssh2 ends the channels on the same event, so that they are waited for afterwards.
      options.socket.once('close', () => setImmediate(() => void this.#finish().then(resolve)));
    });
    options.socket.on('data', () => this.#onData());
  }

  /** ssh2 has read the client's greeting and made its connection of the socket. */
  attach(client: Connection): void {
    this.#client = client;
    answerLateRequests(client);
    client.on('error', (error: Error & { level?: string }) => this.#onError(error));
    client.on('authentication', (request) => void this.#authenticate(request));
    client.on('session', (accept, reject) => {
      if (this.#openChannels >= maxChannels) reject();
      else this.#onSession(accept());
    });
  }

  /** Open, and nobody has logged in yet. */
  get isWaitingForLogin(): boolean {
    return this.#login === undefined && this.#hangUpTimer === undefined && !this.#isOver;
  }

  /** Ended to make room for another connection. */
  get isCrowdedOut(): boolean {
    return this.#isCrowdedOut;
  }

  crowdOut(): void {
    this.#isCrowdedOut = true;
    this.end('crowded-out');
    // What it had to say is sent; a stranger is not waited for.
    this.#options.socket.destroySoon();
  }

  touch(): void {
    this.#idleTimer?.refresh();
  }

  hold(bytes: number): void {
    this.#held += bytes;
    const { socket } = this.#options;
    if (bytes > 0 && this.#held > pauseAbove) socket.pause();
    else if (bytes < 0 && this.#held < resumeBelow && socket.isPaused()) socket.resume();
  }

  gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const { socket } = this.#options;
    socket.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      socket.uncork();
    });
  }

  replied(): void {
    this.#endIfNotReading();
    if (this.#stopping) this.#endWhenAtRest();
  }

  #onData(): void {
    if (this.#options.socket.writableEnded) this.#discardTheRest();
    // ssh2 answers some requests by itself, such as global ones, also before the login.
    else this.#endIfNotReading();
  }

  /** After our end ssh2 need not read on: nothing is answered any more, and the peer may not speak SSH at all. */
  #discardTheRest(): void {
    const { socket } = this.#options;
    discardRest(socket.removeAllListeners('data'));
    this.#hangUpTimer ??= setTimeout(() => socket.destroy(), hangUpMs);
  }

  #endIfNotReading(): void {
    let unsent = this.#options.socket.writableLength;
    for (const channel of this.#channels) unsent += channel.unsentBytes;
    if (unsent > maxUnsentBytes) {
      this.end('not-reading');
      this.destroy();
    }
  }

  /** Takes no new uploads, ends when the present ones are done. */
  drain(): void {
    this.#stopping = true;
    this.#endWhenAtRest();
  }

  end(reason: EndReason): void {
    if (this.#hangUpTimer !== undefined) return;
    this.#options.emit('connection-ended', { peer: this.#peerName, reason });
    this.#hangUp();
  }

  /** Ends at once; what is not committed is aborted. */
  destroy(): void {
    this.#options.socket.destroy();
  }

  #endWhenAtRest(): void {
    for (const channel of this.#channels) if (channel.busy) return;
    this.end('stopping');
  }

  #hangUp(reason?: string): void {
    const { socket } = this.#options;
    this.#hangUpTimer ??= setTimeout(() => socket.destroy(), hangUpMs);
    const client = this.#client;
    if (client === undefined) socket.destroy();
    else if (reason === undefined) this.#safely(() => client.end());
    else this.#safely(() => disconnectWith(client, reason));
  }

  #onError(error: Error & { level?: string }): void {
    const name = error.level === 'handshake' ? 'handshake-failed' : 'connection-failed';
    this.#options.emit(name, { peer: this.#peerName, error: error.message });
    this.#hangUp();
  }

  async #authenticate(request: AuthContext): Promise<void> {
    const { hall, peer, emit } = this.#options;
    const user = userForLog(request.username);
    let outcome: AuthenticationOutcome;
    try {
      outcome = await authenticate(hall, request, peer);
    } catch (error) {
      const method: LoginMethod = request.method === 'password' ? 'password' : 'public-key';
      const login = { user, method, peer: this.#peerName };
      if (error instanceof TreeError && error.retryable) {
        emit('login-put-off', { ...login, error: error.message });
      } else {
        emit('login-failed', { ...login, err: error });
      }
      // Not an answer: "wrong password" would be untrue, and some loggers stop for good on it.
      this.#hangUp(sessionLimitText(error));
      return;
    }
    // Gone meanwhile, or logged in by another request that it sent ahead.
    if (outcome.kind === 'accepted' && (this.#isOver || this.#login !== undefined)) {
      outcome.tree.leave();
      return;
    }
    this.#safely(() => this.#decide(request, user, outcome));
  }

  #decide(request: AuthContext, user: string, outcome: AuthenticationOutcome): void {
    switch (outcome.kind) {
      case 'accepted':
        this.#onLogin(outcome.tree, outcome.method);
        request.accept();
        return;
      case 'key-welcome':
        request.accept();
        return;
      case 'nothing-offered':
        request.reject([...methods]);
        return;
      case 'refused':
        this.#options.emit('login-refused', { user, method: outcome.method, peer: this.#peerName });
        this.#refuse(request);
        return;
      case 'unfit': {
        const { method, fault } = outcome;
        const { address } = this.#options.peer;
        const who = { user, protocol: 'sftp', peer: address } as const;
        this.#options.emit('credential-refused', { ...who, method, reason: fault });
        this.#refuse(request);
        return;
      }
    }
  }

  get #openHandles(): number {
    let open = 0;
    for (const { session } of this.#channels) open += session.openHandles;
    return open;
  }

  #refuse(request: AuthContext): void {
    this.#attempts += 1;
    if (this.#attempts >= maxAttempts) this.end('too-many-attempts');
    else request.reject([...methods]);
  }

  #onLogin(tree: AccountTree, method: LoginMethod): void {
    clearTimeout(this.#timer);
    this.#login = { tree, at: performance.now() };
    this.#options.emit('session-opened', { account: tree.account, method, peer: this.#peerName });
    this.#idleTimer = setTimeout(() => this.#onIdle(), this.#options.idleSeconds * 1000);
  }

  #onIdle(): void {
    for (const channel of this.#channels) {
      if (channel.working) {
        this.#idleTimer?.refresh();
        return;
      }
    }
    this.end('idle');
  }

  #onSession(session: Session | undefined): void {
    const login = this.#login;
    if (session === undefined || login === undefined) return;
    this.#openChannels += 1;
    session.once('close', () => (this.#openChannels -= 1));
    session.on('exec', (accept) => this.#refuseProgram('exec', accept()));
    session.on('shell', (accept) => this.#refuseProgram('shell', accept()));
    session.on('subsystem', (accept) => this.#refuseProgram('subsystem', accept()));
    session.on('sftp', (accept) => {
      // Undefined where the client has closed the channel meanwhile.
      const sftp = accept() as ReturnType<typeof accept> | undefined;
      if (sftp === undefined) return;
      const { emit, clock, listings } = this.#options;
      const operations = new SftpSession({
        tree: login.tree,
        emit,
        clock,
        listings,
        hasHandleToGive: () => this.#openHandles < maxHandles,
        isStopping: () => this.#stopping,
      });
      const channel = new SftpChannel(sftp, operations, this);
      this.#channels.add(channel);
      void channel.ended.then(() => this.#channels.delete(channel));
    });
  }

  /**
   * A request that is refused leaves its channel open, and some clients (sshj) wait for what never
   * comes. A program that says why and fails ends the channel for all of them.
   */
  #refuseProgram(request: ProgramRequest, channel: ServerChannel | undefined): void {
    // The client has closed the channel meanwhile, or has a program running on it already.
    if (channel === undefined) return;
    const account = this.#login?.tree.account ?? '';
    this.#options.emit('program-refused', { account, peer: this.#peerName, request });
    this.#safely(() => {
      channel.stderr.write('This server takes files by SFTP only; use sftp, or scp without -O.\n');
      channel.exit(1);
      channel.end();
      // What the client sends to the program.
      channel.resume();
    });
  }

  async #finish(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#hangUpTimer);
    await Promise.all([...this.#channels].map((channel) => channel.ended));
    if (this.#login === undefined) return;
    this.#login.tree.leave();
    const seconds = (performance.now() - this.#login.at) / 1000;
    this.#options.emit('session-closed', {
      account: this.#login.tree.account,
      peer: this.#peerName,
      seconds,
    });
  }

  /** For calls into ssh2 that throw when the connection has broken a moment ago. */
  #safely(call: () => void): void {
    try {
      call();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#options.emit('connection-failed', { peer: this.#peerName, error: text });
      this.#options.socket.destroy();
    }
  }
}
