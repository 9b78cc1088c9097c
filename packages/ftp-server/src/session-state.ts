import type {
  AccountTree,
  ListingBudget,
  Peer,
  ReceptionHall,
  ReceptionProtocol,
} from '@envigate/domain';
import type { Clock } from '@envigate/runtime';
import { DataChannel } from './data-channel.ts';
import type { Transfer } from './data-connection.ts';
import type { LingeringConnections } from './lingering-connections.ts';
import { listFacts, type ListFact } from './listing.ts';
import type { PassiveListeners } from './passive-listeners.ts';
import type { Reply } from './reply.ts';
import type { EndReason, FtpEmit } from './telemetry.ts';
import type { FtpTlsOptions, TlsContexts, TlsCredentials } from './tls-contexts.ts';

/** What the server has of TLS. */
export interface TlsEnvironment extends Pick<
  FtpTlsOptions,
  'mode' | 'protectData' | 'requireSessionReuse' | 'requireCloseNotify'
> {
  readonly contexts: TlsContexts;
}

export type ListStyle = 'unix' | 'msdos';

/** What all sessions of a server share. */
export interface SessionEnvironment {
  readonly hall: ReceptionHall;
  readonly emit: FtpEmit;
  readonly clock: Clock;
  readonly listeners: PassiveListeners;
  readonly lingering: LingeringConnections;
  /** Bytes of listings that clients have not read yet. */
  readonly listings: ListingBudget;
  readonly tls: TlsEnvironment | undefined;
  readonly publicAddress: string | undefined;
  readonly activeMode: boolean;
  readonly listStyle: ListStyle;
  readonly connectSeconds: number;
  readonly idleSeconds: number;
  readonly loginSeconds: number;
  readonly maxFileBytes: number;
}

/** The control connection's two ends, plain addresses. */
export interface ConnectionFacts {
  readonly peer: Peer;
  readonly localAddress: string;
  /** TLS began with the connection. */
  readonly implicitTls: TlsCredentials | undefined;
  /** The gateway's own look at this door. */
  readonly isOwnProbe: boolean;
}

/** What the dispatcher lets a command do beside its final reply. */
interface SessionActions {
  /** A reply that is not the last of its command (150). */
  readonly send: (reply: Reply) => void;
  /** Something moved on the data connection: the session is not idle. */
  readonly touch: () => void;
  /** Resolves after the time, or earlier when the session ends. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** The reason for which the running command's reply ends the session. */
  readonly endsBecause: (reason: EndReason) => void;
}

/** What the commands of one session have settled so far. */
export class SessionState {
  readonly environment: SessionEnvironment;
  readonly connection: ConnectionFacts;
  readonly actions: SessionActions;
  readonly data: DataChannel;
  /** By PBSZ, which comes before PROT. */
  bufferSizeSet = false;
  /** Named by USER. */
  user: string | undefined;
  /** By PASS, right or wrong. */
  passwordCame = false;
  /** Logged in from here on. */
  tree: AccountTree | undefined;
  refusedLogins = 0;
  /** Where relative paths start. */
  folder = '/';
  /** By REST, for the next transfer only. */
  restartAt = 0;
  /** The last SIZE reported less than the file has (an interrupted upload): a following APPE starts there. */
  reportedSize: { readonly path: string; readonly size: number } | undefined;
  /** By RNFR, for the next RNTO. */
  renameFrom: string | undefined;
  /** By EPSV ALL (RFC 2428 4): no other way to a data connection is allowed any more. */
  epsvOnly = false;
  facts: readonly ListFact[] = listFacts;
  transfer: Transfer | undefined;
  #tls: TlsCredentials | undefined;

  constructor(
    environment: SessionEnvironment,
    connection: ConnectionFacts,
    actions: SessionActions,
  ) {
    this.environment = environment;
    this.connection = connection;
    this.actions = actions;
    const { emit, listeners, connectSeconds } = environment;
    const { peer, localAddress, implicitTls } = connection;
    this.data = new DataChannel({
      listeners,
      peerAddress: peer.address,
      localAddress,
      connectSeconds,
      onTlsFailure: (error) =>
        emit('tls-failed', { peer: peer.address, connection: 'data', error }),
      onContested: () => {
        emit('data-connection-contested', { peer: peer.address, account: this.tree?.account });
        this.transfer?.interrupt('data-contested');
      },
    });
    if (implicitTls !== undefined) {
      this.secure(implicitTls, true);
      this.bufferSizeSet = true;
    }
  }

  /** TLS of the control connection; undefined while that is in the clear. */
  get tls(): TlsCredentials | undefined {
    return this.#tls;
  }

  get protocol(): ReceptionProtocol {
    return this.#tls === undefined ? 'ftp' : 'ftps';
  }

  /** Whether the commands of TLS are of use to this client. */
  get offersTls(): boolean {
    const mode = this.environment.tls?.mode ?? 'off';
    return mode !== 'off' || this.#tls !== undefined;
  }

  get mustSecureControl(): boolean {
    return this.environment.tls?.mode === 'required' && this.#tls === undefined;
  }

  get mustProtectData(): boolean {
    const required = this.environment.tls?.protectData === true;
    return required && this.#tls !== undefined && this.data.protection === undefined;
  }

  /** From now on the control connection speaks TLS. What was said in the clear is forgotten. */
  secure(credentials: TlsCredentials, protectsData: boolean): void {
    this.#tls = credentials;
    this.user = undefined;
    this.protectData(protectsData);
  }

  /** Whether the next data connections are protected as the control connection is. */
  protectData(on: boolean): void {
    const credentials = this.#tls;
    this.data.protection =
      on && credentials !== undefined
        ? {
            credentials,
            mustResume: this.environment.tls?.requireSessionReuse === true,
            mustCloseNotify: this.environment.tls?.requireCloseNotify !== false,
            handshakeSeconds: this.environment.connectSeconds,
          }
        : undefined;
  }
}

type Answer = Reply | Promise<Reply>;

/** A command: what it needs before it runs, and what it does. Refusals of the tree may be thrown. */
export type CommandSpec =
  | {
      readonly access: 'anyone';
      readonly needsArgument: boolean;
      run(session: SessionState, argument: string): Answer;
    }
  | {
      readonly access: 'account';
      readonly needsArgument: boolean;
      run(session: SessionState, argument: string, tree: AccountTree): Answer;
    };

type Run<A extends CommandSpec['access']> = Extract<CommandSpec, { access: A }>['run'];

export function forAnyone(run: Run<'anyone'>): CommandSpec {
  return { access: 'anyone', needsArgument: false, run };
}

export function forAnyoneWithArgument(run: Run<'anyone'>): CommandSpec {
  return { access: 'anyone', needsArgument: true, run };
}

export function forAccount(run: Run<'account'>): CommandSpec {
  return { access: 'account', needsArgument: false, run };
}

export function forAccountWithArgument(run: Run<'account'>): CommandSpec {
  return { access: 'account', needsArgument: true, run };
}
