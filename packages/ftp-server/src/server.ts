import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { ReceptionHall } from '@envigate/domain';
import {
  ListenError,
  systemClock,
  type Clock,
  type Component,
  type Logger,
  type Telemetry,
} from '@envigate/runtime';
import { LingeringConnections } from './lingering-connections.ts';
import { PassiveListeners } from './passive-listeners.ts';
import { plainAddress } from './peer-address.ts';
import { closing, formatReply } from './reply.ts';
import type { SessionEnvironment } from './session-state.ts';
import { Session } from './session.ts';
import { ftpEvents } from './telemetry.ts';

export interface FtpServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly hall: ReceptionHall;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Ports for data connections, both ends included; absent: the system chooses. */
  readonly passivePorts?: { readonly from: number; readonly to: number } | undefined;
  /** IPv4 address told to clients in PASV, for servers behind NAT; absent: the one they came to. */
  readonly publicAddress?: string | undefined;
  /** A session without a command, or a transfer without a byte, for so long is ended. */
  readonly idleSeconds: number;
  /** Sessions at a time, logged in or not. */
  readonly maxSessions: number;
  /** Larger uploads are refused. */
  readonly maxFileBytes: number;
  /** From the connection to the login; default 60. */
  readonly loginSeconds?: number;
  /** How long a data connection is waited for; default 30. */
  readonly connectSeconds?: number;
  /** How long `stop` waits for commands and uploads under way; default 5. */
  readonly drainSeconds?: number;
  readonly clock?: Clock;
}

export interface FtpServer {
  readonly port: number;
  /** Sessions open now. */
  sessions(): number;
  /** Sockets that listen for data connections now, waited at or kept for the next. */
  dataListeners(): number;
}

/** The FTP server of the reception: a door before the hall, which keeps the files. */
export function createFtpServer(options: FtpServerOptions): Component<FtpServer> {
  return {
    name: 'ftp server',
    async start() {
      const { listener, environment, sessions } = assemble(options);
      await listen(listener, options);
      const { port } = listener.address() as AddressInfo;
      environment.emit('server-started', { host: options.host, port });
      return {
        value: {
          port,
          sessions: () => sessions.size,
          dataListeners: () => environment.listeners.open,
        },
        stop: () => stop(listener, environment, sessions, options.drainSeconds ?? 5),
      };
    },
  };
}

function assemble(options: FtpServerOptions): {
  listener: Server;
  environment: SessionEnvironment;
  sessions: Set<Session>;
} {
  const emit = options.telemetry.emitter(ftpEvents, options.logger);
  const sessions = new Set<Session>();
  const environment: SessionEnvironment = {
    hall: options.hall,
    emit,
    clock: options.clock ?? systemClock,
    listeners: new PassiveListeners({
      host: options.host,
      ports: options.passivePorts,
      connectSeconds: options.connectSeconds ?? 30,
      onStranger: (address, expected) => emit('data-connection-refused', { address, expected }),
    }),
    lingering: new LingeringConnections(),
    publicAddress: options.publicAddress,
    idleSeconds: options.idleSeconds,
    loginSeconds: options.loginSeconds ?? 60,
    maxFileBytes: options.maxFileBytes,
  };
  options.telemetry.gauge('envigate_ftp_sessions', 'FTP sessions open now.', () => sessions.size);
  const listener = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
    (socket) => {
      const { remoteAddress, remotePort, localAddress } = socket;
      // Gone before it was accepted.
      if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined) {
        socket.destroy();
        return;
      }
      const peer = { address: plainAddress(remoteAddress), port: remotePort };
      if (sessions.size >= options.maxSessions) {
        emit('connection-refused', { peer: peer.address, sessions: sessions.size });
        refuse(socket, environment.lingering);
        return;
      }
      const facts = { protocol: 'ftp', peer, localAddress: plainAddress(localAddress) } as const;
      const session = new Session(socket, facts, environment);
      sessions.add(session);
      void session.closed.then(() => sessions.delete(session));
    },
  );
  // Also after the start: a listener that fails to accept (no file descriptors) goes on.
  listener.on('error', (error) => {
    if (listener.listening) emit('accept-failed', { err: error });
  });
  return { listener, environment, sessions };
}

async function listen(listener: Server, { host, port }: FtpServerOptions): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ host, port, backlog: 511 }, () => {
        listener.removeListener('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw new ListenError('FTP', { host, port }, error);
  }
}

/** Takes no new session, lets commands and uploads under way finish for a while, then closes all. */
async function stop(
  listener: Server,
  { listeners, lingering }: SessionEnvironment,
  sessions: Set<Session>,
  drainSeconds: number,
): Promise<void> {
  const listenerClosed = new Promise<void>((resolve) => listener.close(() => resolve()));
  const closed = Promise.all([...sessions].map((session) => session.closed));
  for (const session of sessions) session.drain();
  if (!(await settlesWithin(drainSeconds, closed))) {
    for (const session of sessions) session.destroy();
    // What still runs now hangs in the hall; its outcome reaches no client any more.
    await settlesWithin(1, closed);
  }
  listeners.close();
  lingering.destroyAll();
  await listenerClosed;
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

function refuse(socket: Socket, lingering: LingeringConnections): void {
  socket.on('error', () => undefined);
  socket.end(formatReply(closing(421, 'Too many sessions; try again later.')));
  lingering.add(socket);
}
