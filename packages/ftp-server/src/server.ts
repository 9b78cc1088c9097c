import { ListingBudget, type ReceptionHall } from '@envigate/domain';
import {
  Scope,
  systemClock,
  ticker,
  type Clock,
  type Component,
  type Logger,
  type Telemetry,
} from '@envigate/runtime';
import { settleSocketShapes } from './data-connection.ts';
import { Doors } from './doors.ts';
import { LingeringConnections } from './lingering-connections.ts';
import { PassiveListeners } from './passive-listeners.ts';
import type { ListStyle, SessionEnvironment, TlsEnvironment } from './session-state.ts';
import { events, gauges, type FtpEmit } from './telemetry.ts';
import { TlsContexts, type FtpTlsOptions } from './tls-contexts.ts';

/** In bytes; a folder of 10,000 files is about 1 MiB. */
const listingLimits = { all: 16 * 1024 * 1024, perAccount: 4 * 1024 * 1024 };

export interface FtpServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly hall: ReceptionHall;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Absent: no TLS. */
  readonly tls?: FtpTlsOptions | undefined;
  /** Port where TLS begins with the connection, 0 lets the system choose; absent: none. Needs `tls`. */
  readonly implicitTlsPort?: number | undefined;
  /** Ports for data connections, both ends included; absent: the system chooses. */
  readonly passivePorts?: { readonly from: number; readonly to: number } | undefined;
  /** IPv4 address that PASV replies name, for servers behind NAT; absent: the one the client connected to. */
  readonly publicAddress?: string | undefined;
  /** PORT and EPRT, to the client's own address and ports from 1024 only; default true. */
  readonly activeMode?: boolean;
  /** How LIST prints; default unix. */
  readonly listStyle?: ListStyle;
  /** A session without a command, or a transfer without a byte, for so long is ended. */
  readonly idleSeconds: number;
  /** Sessions at a time, logged in or not. */
  readonly maxSessions: number;
  /** Larger uploads are refused. */
  readonly maxFileBytes: number;
  /** From the connection to the login; default 60. */
  readonly loginSeconds?: number;
  /** How long a data connection, and its TLS handshake, is waited for; default 30. */
  readonly connectSeconds?: number;
  /** How long `stop` waits for commands and uploads under way; default 5. */
  readonly drainSeconds?: number;
  readonly clock?: Clock;
}

export interface FtpServer {
  readonly port: number;
  readonly implicitTlsPort?: number;
  /** Sessions open now. */
  sessions(): number;
  /** Sockets that listen for data connections now, waited at or kept for the next. */
  dataListeners(): number;
}

/** The FTP server of the reception: doors before the hall, which keeps the files. */
export function createFtpServer(options: FtpServerOptions): Component<FtpServer> {
  return {
    name: 'ftp server',
    async start() {
      settleSocketShapes();
      const emit = options.telemetry.emitter(events, options.logger);
      const scope = new Scope();
      const tls = options.tls && (await openTls(options.tls, options, scope, emit));
      const doors = new Doors(assemble(options, emit, tls), options.maxSessions);
      scope.defer('ftp doors', () => doors.close(options.drainSeconds ?? 5));
      try {
        return { value: await open(doors, options, emit), stop: () => scope.stop() };
      } catch (error) {
        await scope.stop();
        throw error;
      }
    },
  };
}

async function open(doors: Doors, options: FtpServerOptions, emit: FtpEmit): Promise<FtpServer> {
  const { host, port, implicitTlsPort } = options;
  if (implicitTlsPort !== undefined && options.tls === undefined) {
    throw new Error('a port for implicit TLS needs the settings of TLS');
  }
  const ports = {
    port: await doors.open({ host, port }, 'explicit'),
    ...(implicitTlsPort === undefined
      ? {}
      : { implicitTlsPort: await doors.open({ host, port: implicitTlsPort }, 'implicit') }),
  };
  options.telemetry.gauge(gauges.sessions, () => doors.sessions);
  emit('server-started', { host, ...ports });
  return { ...ports, sessions: () => doors.sessions, dataListeners: () => doors.dataListeners };
}

/** Takes the certificate into use, and looks after its files from now on. */
async function openTls(
  tls: FtpTlsOptions,
  { logger, telemetry }: FtpServerOptions,
  scope: Scope,
  emit: FtpEmit,
): Promise<TlsEnvironment> {
  const contexts = await TlsContexts.open(tls);
  emit('certificate-in-use', contexts.facts);
  telemetry.gauge(gauges.certificateExpiry, () => contexts.facts.expiresAt.getTime() / 1000);
  await scope.start(
    ticker({
      name: 'ftp certificate',
      everySeconds: tls.checkSeconds ?? 10,
      logger,
      work: async () => {
        try {
          if (await contexts.refresh()) emit('certificate-in-use', contexts.facts);
        } catch (error) {
          emit('certificate-refused', { err: error });
        }
      },
    }),
  );
  return { ...tls, contexts };
}

function assemble(
  options: FtpServerOptions,
  emit: FtpEmit,
  tls: TlsEnvironment | undefined,
): SessionEnvironment {
  const connectSeconds = options.connectSeconds ?? 30;
  return {
    hall: options.hall,
    emit,
    clock: options.clock ?? systemClock,
    listeners: new PassiveListeners({
      host: options.host,
      ports: options.passivePorts,
      connectSeconds,
      onStranger: (address, expected) => emit('data-connection-refused', { address, expected }),
    }),
    lingering: new LingeringConnections(),
    listings: new ListingBudget(listingLimits),
    tls,
    publicAddress: options.publicAddress,
    activeMode: options.activeMode ?? true,
    listStyle: options.listStyle ?? 'unix',
    connectSeconds,
    idleSeconds: options.idleSeconds,
    loginSeconds: options.loginSeconds ?? 60,
    maxFileBytes: options.maxFileBytes,
  };
}
