import type { Duplex } from 'node:stream';
import { TreeError } from '@envigate/domain';
import { messageOf } from '@envigate/runtime';
import { ControlChannel } from './control-channel.ts';
import type { InterruptionReason } from './data-connection.ts';
import { parseCommand, type Command, type ControlLine } from './line-decoder.ts';
import { closing, reply, replyToRefusal, type Reply } from './reply.ts';
import {
  SessionState,
  type CommandSpec,
  type ConnectionFacts,
  type SessionEnvironment,
  forAnyone,
} from './session-state.ts';
import { describe, settingCommands } from './setting-commands.ts';
import { abandonedTlsHint, type EndReason } from './telemetry.ts';
import { secureControl, type TlsCredentials } from './tls-contexts.ts';
import { accessCommands, protectionCommands } from './login-commands.ts';
import { connectionCommands, transferCommands } from './transfer-commands.ts';
import { treeCommands } from './tree-commands.ts';

/**
 * What may wait while a command runs: far more than any client sends ahead. Beyond it the session
 * ends. To stop reading instead would hide the end of the control connection, which ends an upload.
 */
const MAX_WAITING_LINES = 128;
const MAX_WAITING_CHARACTERS = 16 * 1024;
const MAX_COMMANDS_BEFORE_LOGIN = 20;
/** Who sends so many lines that are no command speaks another protocol, or wants to keep us busy. */
const MAX_UNKNOWN_IN_A_ROW = 100;

/**
 * One client's control connection and what is done for it.
 *
 * - waiting: no command runs. A line runs the next one; idleness, `drain` or the client's leaving
 *   ends the session.
 * - running: one command runs; lines wait in a queue and are answered in the order they came. A
 *   transfer is such a command. ABOR interrupts it on arrival and is answered in its turn; STAT is
 *   answered on arrival. Idleness interrupts a transfer, not the session. `drain` lets the command
 *   finish, then ends the session.
 * - over: the control connection is closed or lost. A transfer still running is interrupted; when
 *   the command has returned, `closed` resolves and nothing of the session is left.
 */
export class Session {
  /** Resolves when nothing of the session is left: no connection, no running command. */
  readonly closed: Promise<void>;
  readonly #environment: SessionEnvironment;
  readonly #control: ControlChannel;
  readonly #state: SessionState;
  /** How the TLS handshake of the control connection ended; undefined before that. */
  #handshake: { readonly version: string } | 'failed' | undefined;
  readonly #openedAt = performance.now();
  readonly #idleTimer: NodeJS.Timeout;
  readonly #loginTimer: NodeJS.Timeout;
  readonly #waiting: ControlLine[] = [];
  #waitingCharacters = 0;
  #commandsBeforeLogin = 0;
  #unknownInARow = 0;
  #running = false;
  #draining = false;
  #over = false;
  #endReason: EndReason | undefined;
  #wake: (() => void) | undefined;
  #resolveClosed: () => void = () => undefined;

  constructor(socket: Duplex, connection: ConnectionFacts, environment: SessionEnvironment) {
    this.#environment = environment;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    const { implicitTls } = connection;
    this.#control = new ControlChannel({
      stream: implicitTls === undefined ? socket : this.#secure(socket, implicitTls),
      lingering: environment.lingering,
      onLine: (line) => this.#receive(line),
      onLost: () => this.#finish('control-lost'),
    });
    this.#state = new SessionState(environment, connection, {
      send: (answer) => this.#control.send(answer),
      touch: () => this.#idleTimer.refresh(),
      pause: (milliseconds) => this.#pause(milliseconds),
      endsBecause: (reason) => (this.#endReason = reason),
    });
    this.#idleTimer = setTimeout(() => this.#onIdle(), environment.idleSeconds * 1000);
    this.#loginTimer = setTimeout(
      () => this.#end('login-timeout', 'No login within the time allowed.'),
      environment.loginSeconds * 1000,
    );
    this.#control.send(reply(220, 'Envigate receives station files.'));
  }

  /** Open, and nobody has logged in yet. */
  get isWaitingForLogin(): boolean {
    return !this.#over && this.#state.tree === undefined;
  }

  /** Ends the session so that another one has room. */
  crowdOut(): void {
    this.#end('crowded-out', 'Too many sessions; try again later.');
  }

  /** Ends the session as soon as no command runs. */
  drain(): void {
    this.#draining = true;
    if (!this.#running) this.#endDrained();
  }

  /** Ends the session now; a transfer in progress is interrupted. */
  destroy(): void {
    this.#state.transfer?.interrupt('stopping');
    this.#endDrained();
  }

  #receive(line: ControlLine): void {
    if (!this.#running) {
      this.#run(line);
      return;
    }
    const { transfer } = this.#state;
    if (transfer !== undefined && line.kind === 'line') {
      const verb = parseCommand(line.text)?.verb;
      if (verb === 'STAT') {
        this.#control.send(describe(this.#state));
        return;
      }
      if (verb === 'ABOR') transfer.interrupt('client-aborted');
    }
    this.#waiting.push(line);
    this.#waitingCharacters += lengthOf(line);
    if (
      this.#waiting.length > MAX_WAITING_LINES ||
      this.#waitingCharacters > MAX_WAITING_CHARACTERS
    ) {
      this.#end('too-many-commands', 'Too many commands at once.');
    }
  }

  #runWaiting(): void {
    while (!this.#running && !this.#over) {
      const line = this.#waiting.shift();
      if (line === undefined) return;
      this.#waitingCharacters -= lengthOf(line);
      this.#run(line);
    }
  }

  #run(line: ControlLine): void {
    this.#idleTimer.refresh();
    if (
      this.#state.tree === undefined &&
      (this.#commandsBeforeLogin += 1) > MAX_COMMANDS_BEFORE_LOGIN
    ) {
      this.#end('too-many-commands', 'Too many commands without a login.');
      return;
    }
    const command = line.kind === 'line' ? parseCommand(line.text) : undefined;
    const spec = command === undefined ? undefined : commandTable.get(command.verb);
    if (command !== undefined && spec !== undefined) {
      this.#unknownInARow = 0;
      this.#execute(command, spec);
    } else if ((this.#unknownInARow += 1) > MAX_UNKNOWN_IN_A_ROW) {
      this.#end('too-many-commands', 'Too many lines that are no commands.');
    } else {
      const fault = line.kind === 'too-long' ? 'The line is too long.' : 'Unknown command.';
      this.#answer(reply(500, fault));
    }
  }

  /** Commands that need no waiting are answered at once; during the others the queue waits. */
  #execute(command: Command, spec: CommandSpec): void {
    let answer: Reply | Promise<Reply>;
    try {
      answer = this.#start(command, spec);
    } catch (error) {
      this.#answer(this.#explain(command, error));
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#answer(answer);
      return;
    }
    this.#running = true;
    answer.then(
      (result) => this.#onDone(result),
      (error: unknown) => this.#onDone(this.#explain(command, error)),
    );
  }

  #start({ argument }: Command, spec: CommandSpec): Reply | Promise<Reply> {
    const { tree } = this.#state;
    if (spec.access === 'account' && tree === undefined) return reply(530, 'Log in first.');
    if (spec.needsArgument && argument === '') return reply(501, 'An argument is missing.');
    if (spec.access === 'anyone') return spec.run(this.#state, argument);
    return tree === undefined ? reply(530, 'Log in first.') : spec.run(this.#state, argument, tree);
  }

  #explain({ verb }: Command, error: unknown): Reply {
    const account = this.#state.tree?.account;
    if (error instanceof TreeError && account !== undefined) {
      const { code, message } = error;
      this.#environment.emit('command-refused', { account, verb, code, error: message });
    } else {
      this.#environment.emit('command-failed', { account, verb, err: error });
    }
    return replyToRefusal(error);
  }

  #onDone(answer: Reply): void {
    this.#running = false;
    if (this.#over) {
      // The client is gone: `send` revokes the receipt, which marks the upload as interrupted.
      this.#control.send(answer);
      this.#release();
      return;
    }
    this.#idleTimer.refresh();
    this.#answer(answer);
    if (this.#draining) this.#endDrained();
    else this.#runWaiting();
  }

  #answer(answer: Reply): void {
    if (answer.startsTls) {
      this.#startTls(answer);
      return;
    }
    this.#control.send(answer);
    if (this.#state.tree !== undefined) clearTimeout(this.#loginTimer);
    if (answer.closes) this.#finish('control-lost');
  }

  #startTls(answer: Reply): void {
    this.#waiting.length = 0;
    this.#waitingCharacters = 0;
    const { tls } = this.#state;
    if (tls === undefined) return;
    this.#control.startTls(answer, (stream) => this.#secure(stream, tls));
  }

  #secure(stream: Duplex, credentials: TlsCredentials): Duplex {
    return secureControl(stream, credentials, {
      onSecured: (version) => (this.#handshake = { version }),
      onFailure: (error) => {
        this.#handshake = 'failed';
        const peer = this.#state.connection.peer.address;
        this.#environment.emit('tls-failed', {
          peer,
          connection: 'control',
          error: messageOf(error),
        });
      },
    });
  }

  #onIdle(): void {
    const { transfer } = this.#state;
    if (transfer === undefined) {
      this.#end('idle', 'Nothing came for too long.');
      return;
    }
    transfer.interrupt('stalled');
    this.#idleTimer.refresh();
  }

  #endDrained(): void {
    this.#end('stopping', 'The server is stopping.');
  }

  #end(reason: EndReason, text: string): void {
    if (this.#over) return;
    this.#endReason = reason;
    this.#answer(closing(421, text));
  }

  /** Ends the session's part that the client sees. */
  #finish(reason: InterruptionReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#control.close();
    this.#waiting.length = 0;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#loginTimer);
    this.#state.transfer?.interrupt(reason);
    this.#state.data.close();
    this.#wake?.();
    if (!this.#running) this.#release();
  }

  #release(): void {
    // A command that ran on may have opened a port after the end.
    this.#state.data.close();
    const { emit } = this.#environment;
    const { tree } = this.#state;
    const account = tree?.account;
    const peer = this.#state.connection.peer.address;
    if (this.#endReason !== undefined) {
      emit('session-ended', { peer, account, reason: this.#endReason });
    }
    this.#reportAbandonedTls();
    if (account !== undefined) {
      emit('session-closed', {
        account,
        peer,
        seconds: (performance.now() - this.#openedAt) / 1000,
      });
    }
    tree?.leave();
    void this.#control.settled().then(this.#resolveClosed);
  }

  /** Some programs repeat such sessions for ever, and their stations stay silent. */
  #reportAbandonedTls(): void {
    const { connection, tls, passwordCame } = this.#state;
    const handshake = this.#handshake;
    // A failed handshake has been reported already.
    if (tls === undefined || passwordCame || handshake === 'failed') return;
    if (connection.isOwnProbe) return;
    // Nothing that the client did.
    if (this.#endReason === 'stopping' || this.#endReason === 'crowded-out') return;
    const { emit, tls: environment } = this.#environment;
    const peer = connection.peer.address;
    const version = handshake?.version;
    const hint = abandonedTlsHint(
      version,
      version === 'TLSv1.3' && environment?.contexts.offerOlderTls(peer) === true,
    );
    emit('tls-session-abandoned', { peer, tls: version ?? 'none', hint });
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#wake = wake;
    });
  }
}

function lengthOf(line: ControlLine): number {
  return line.kind === 'line' ? line.text.length : 0;
}

/** Every command that the server knows, by its verb. */
export const commandTable: ReadonlyMap<string, CommandSpec> = new Map<string, CommandSpec>(
  Object.entries({
    ...accessCommands,
    ...protectionCommands,
    ...settingCommands,
    ...treeCommands,
    ...connectionCommands,
    ...transferCommands,
    HELP: forAnyone(() => reply(214, ['Commands:', [...commandTable.keys()].join(' '), 'End.'])),
  }),
);
