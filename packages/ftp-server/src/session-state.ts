import type { AccountTree, Peer, ReceptionHall, ReceptionProtocol } from '@envigate/domain';
import type { Clock } from '@envigate/runtime';
import { DataChannel } from './data-channel.ts';
import type { LingeringConnections } from './lingering-connections.ts';
import { listFacts, type ListFact } from './listing.ts';
import type { PassiveListeners } from './passive-listeners.ts';
import type { Reply } from './reply.ts';
import type { EndReason, FtpEmit } from './telemetry.ts';
import type { Transfer } from './transfer.ts';

/** What all sessions of a server share. */
export interface SessionEnvironment {
  readonly hall: ReceptionHall;
  readonly emit: FtpEmit;
  readonly clock: Clock;
  readonly listeners: PassiveListeners;
  readonly lingering: LingeringConnections;
  readonly publicAddress: string | undefined;
  readonly idleSeconds: number;
  readonly loginSeconds: number;
  readonly maxFileBytes: number;
}

/** The control connection's two ends, plain addresses. */
export interface ConnectionFacts {
  readonly protocol: ReceptionProtocol;
  readonly peer: Peer;
  readonly localAddress: string;
}

/** What the dispatcher lets a command do beside its final reply. */
export interface SessionActions {
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
  /** Named by USER. */
  user: string | undefined;
  /** Logged in from here on. */
  tree: AccountTree | undefined;
  refusedLogins = 0;
  /** Where relative paths start. */
  folder = '/';
  /** By REST, for the next transfer only. */
  restartAt = 0;
  /** By RNFR, for the next RNTO. */
  renameFrom: string | undefined;
  /** By EPSV ALL (RFC 2428 4): no other way to a data connection is allowed any more. */
  epsvOnly = false;
  facts: readonly ListFact[] = listFacts;
  transfer: Transfer | undefined;

  constructor(
    environment: SessionEnvironment,
    connection: ConnectionFacts,
    actions: SessionActions,
  ) {
    this.environment = environment;
    this.connection = connection;
    this.actions = actions;
    this.data = new DataChannel(environment.listeners, connection.peer.address);
  }
}
