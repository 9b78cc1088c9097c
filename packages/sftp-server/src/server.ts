import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ListingBudget, plainAddress, type ReceptionHall } from '@envigate/domain';
import {
  ListenError,
  systemClock,
  type Clock,
  type Component,
  type Logger,
  type Telemetry,
} from '@envigate/runtime';
import ssh2 from 'ssh2';
import { loadHostKeys, type HostKey } from './host-keys.ts';
import { SftpConnection } from './sftp-connection.ts';
import { events, gauges, type SftpEmit } from './telemetry.ts';

/** After the deadline of `stop`: time for the hall to put away what was aborted. */
const abortSeconds = 2;
/** Connections that were ended to make room and are not closed yet. */
const maxCrowdedOut = 100;
/** In entries of open folder handles, of some 150 bytes each. */
const listingLimits = { all: 100_000, perAccount: 50_000 };

export interface SftpServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly hall: ReceptionHall;
  /** Folder of the host keys, made at the first start. */
  readonly hostKeyDir: string;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** A session without a request for so long is closed. */
  readonly idleSeconds: number;
  /** Connections at a time, logged in or not. */
  readonly maxSessions: number;
  /** From the connection to the login; default 60. */
  readonly loginSeconds?: number;
  /** Silence after which the client is asked for a sign of life; after three it is gone. Default 30. */
  readonly keepaliveSeconds?: number;
  /** How long `stop` waits for uploads under way; default 10. */
  readonly drainSeconds?: number;
  readonly clock?: Clock;
}

export interface SftpServer {
  readonly port: number;
  /** Of the host keys, as `ssh-keygen -l` shows them. */
  readonly fingerprints: readonly string[];
  /** Connections open now. */
  sessions(): number;
}

/** The SFTP server of the reception: a door before the hall, which keeps the files. */
export function createSftpServer(options: SftpServerOptions): Component<SftpServer> {
  const emit = options.telemetry.emitter(events, options.logger);
  const connections = new Map<string, SftpConnection>();
  options.telemetry.gauge(gauges.sessions, () => connections.size);
  return {
    name: 'sftp server',
    async start() {
      const keys = await loadHostKeys(options.hostKeyDir);
      const listener = createListener(options, keys, connections, emit);
      await listen(listener, options);
      const { port } = listener.address() as AddressInfo;
      const fingerprints = keys.map((key) => key.fingerprint);
      emit('server-started', { host: options.host, port, fingerprints });
      return {
        value: { port, fingerprints, sessions: () => connections.size },
        stop: () => stop(listener, connections, options.drainSeconds ?? 10),
      };
    },
  };
}

/**
 * Our own TCP listener in front of ssh2's: it sees a connection before the client has greeted,
 * and turns off Nagle's algorithm, which with small packets costs 40 ms a round trip.
 */
function createListener(
  options: SftpServerOptions,
  keys: readonly HostKey[],
  connections: Map<string, SftpConnection>,
  emit: SftpEmit,
): Server {
  const ssh = new ssh2.Server({
    hostKeys: keys.map((key) => key.privateKey),
    ident: 'Envigate',
    // Files are small and arrive one by one; inflating what strangers send is a risk without gain.
    algorithms: { compress: ['none'] },
    keepaliveInterval: (options.keepaliveSeconds ?? 30) * 1000,
    keepaliveCountMax: 3,
  });
  ssh.on('connection', (client, { ip, port }) => {
    const connection = connections.get(peerKey(ip, port));
    if (connection === undefined) client.end();
    else connection.attach(client);
  });
  const listings = new ListingBudget(listingLimits);
  const listener = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const { remoteAddress, remotePort } = socket;
    // Gone before it was accepted.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const key = peerKey(remoteAddress, remotePort);
    const place = findPlace(connections, options.maxSessions);
    if (place === 'none') {
      emit('connection-refused', { peer: key, sessions: connections.size });
      refuse(socket);
      return;
    }
    const peer = { address: plainAddress(remoteAddress), port: remotePort };
    const admission = options.hall.admit(peer, 'sftp');
    if (admission === undefined) {
      refuse(socket);
      return;
    }
    if (place !== 'free') place.crowdOut();
    const connection = new SftpConnection({
      socket,
      peer,
      hall: options.hall,
      emit,
      clock: options.clock ?? systemClock,
      listings,
      loginSeconds: options.loginSeconds ?? 60,
      idleSeconds: options.idleSeconds,
    });
    connections.set(key, connection);
    void connection.closed.then(() => {
      connections.delete(key);
      admission.leave();
    });
    ssh.injectSocket(socket);
  });
  // Also after the start: a listener that fails to accept (no file descriptors) goes on.
  listener.on('error', (error) => {
    if (listener.listening) emit('accept-failed', { err: error });
  });
  return listener;
}

/**
 * Whether one more may come in. Where all places are taken, the oldest connection that has not logged
 * in is to lose its own: silent connections must not keep stations out until their time is up.
 */
function findPlace(
  connections: ReadonlyMap<string, SftpConnection>,
  maxSessions: number,
): 'free' | 'none' | SftpConnection {
  if (connections.size < maxSessions) return 'free';
  let crowdedOut = 0;
  let oldestWaiting: SftpConnection | undefined;
  for (const connection of connections.values()) {
    if (connection.isCrowdedOut) crowdedOut += 1;
    else if (connection.isWaitingForLogin) oldestWaiting ??= connection;
  }
  if (connections.size - crowdedOut < maxSessions) return 'free';
  return crowdedOut < maxCrowdedOut ? (oldestWaiting ?? 'none') : 'none';
}

async function listen(listener: Server, { host, port }: SftpServerOptions): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ host, port }, () => {
        listener.removeListener('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw new ListenError('SFTP', { host, port }, error);
  }
}

/** What is not done at the deadline is aborted; rejects where even that does not end. */
async function stop(
  listener: Server,
  connections: Map<string, SftpConnection>,
  drainSeconds: number,
): Promise<void> {
  const listenerClosed = new Promise<void>((resolve) => listener.close(() => resolve()));
  for (const connection of connections.values()) connection.drain();
  const allClosed = Promise.all([...connections.values()].map((connection) => connection.closed));
  if (!(await isDoneWithin(drainSeconds, allClosed))) {
    for (const connection of connections.values()) connection.destroy();
    if (!(await isDoneWithin(abortSeconds, allClosed))) {
      throw new Error(`${String(connections.size)} SFTP sessions still wait for their files`);
    }
  }
  await listenerClosed;
}

async function isDoneWithin(seconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), seconds * 1000);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** In words, as RFC 4253 4.2 lets a server speak before its greeting; then gone. */
function refuse(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.end('No connection can be taken now; try again later\r\n');
  // Nobody waits for those who are refused: they may be many.
  socket.destroySoon();
}

function peerKey(address: string, port: number): string {
  return `${address}|${String(port)}`;
}
