import type { RemoteSite } from '@envigate/contracts';
import {
  AccountAccess,
  RemoteSiteError,
  TreeError,
  type ConnectRemoteSite,
  type RegistrySource,
  type RemoteEntry,
  type RemoteFileState,
  type RemoteSession,
} from '@envigate/domain';
import { messageOf, pause, type Clock, type Slots } from '@envigate/runtime';
import type { FileNames } from '../home/tree-names.ts';
import { SiteLook, stableMsOf } from './site-look.ts';
import { SiteMemory, TakenLedger } from './site-memory.ts';
import type { ReceiveFile } from './take-file.ts';
import type { PullEmit, PullErrorKind } from './telemetry.ts';

export interface SitePullerParts {
  readonly site: RemoteSite;
  readonly registry: RegistrySource;
  readonly connect: ConnectRemoteSite;
  readonly receive: ReceiveFile;
  readonly needRoom: (bytes: number) => Promise<void>;
  readonly maxFileBytes: number;
  readonly names: FileNames;
  /** Folder of the ledgers. */
  readonly dir: string;
  /** Connections to this site's host. */
  readonly hostSlots: Slots;
  /** Sites that are being served. */
  readonly siteSlots: Slots;
  /** How long a step may keep a slot; for tests. */
  readonly patienceMs?: number | undefined;
  readonly clock: Clock;
  readonly steadyMs: () => number;
  readonly emit: PullEmit;
}

interface Fault {
  readonly kind: PullErrorKind;
  readonly reason: string;
}

interface LookOutcome {
  readonly taken: number;
  readonly settling: number;
  readonly refused: number;
  readonly fault?: Fault | undefined;
}

/** Added to the quiet period of the files, as timers may be early. */
const timerMs = 20;

/** The rounds at one site. One at a time: the caller sees to that. */
export class SitePuller {
  readonly #parts: SitePullerParts;
  readonly #memory = new SiteMemory();
  readonly #since: Date;
  #failedRounds = 0;
  /** When the last round ended in which everything could be listed. */
  lastSuccess: Date | undefined;
  /** Files that were seen and not taken by the last look. */
  waiting = 0;

  constructor(parts: SitePullerParts) {
    this.#parts = parts;
    this.#since = parts.clock();
  }

  get site(): RemoteSite {
    return this.#parts.site;
  }

  /** Seconds since everything was up to date; since the start where it has not been yet. */
  get lagSeconds(): number {
    const from = this.lastSuccess ?? this.#since;
    return Math.max(0, (this.#parts.clock().getTime() - from.getTime()) / 1000);
  }

  /** Takes what has settled; what has not is looked at again when it may have. Never rejects. */
  async round(signal: AbortSignal): Promise<void> {
    const { site, clock, steadyMs, emit } = this.#parts;
    const begunMs = steadyMs();
    const first = await this.#look(signal);
    const isSecondNeeded = first.settling > 0 && first.fault === undefined;
    if (isSecondNeeded) await pause(stableMsOf(site) + timerMs, signal);
    if (signal.aborted) return;
    const last = isSecondNeeded ? await this.#look(signal) : first;
    if (signal.aborted) return;
    const taken = isSecondNeeded ? first.taken + last.taken : first.taken;
    this.waiting = last.settling + last.refused;
    this.#report(last.fault);
    if (last.fault === undefined) this.lastSuccess = clock();
    emit('round-ended', {
      site: site.code,
      outcome: last.fault === undefined ? 'complete' : 'failed',
      taken,
      waiting: this.waiting,
      seconds: (steadyMs() - begunMs) / 1000,
    });
  }

  /** Its own connection each time: none is kept idle while files settle. */
  async #look(signal: AbortSignal): Promise<LookOutcome> {
    const { hostSlots, siteSlots, patienceMs } = this.#parts;
    const counts = { taken: 0, settling: 0, refused: 0 };
    try {
      this.#needOpenAccount();
      await this.#parts.needRoom(1);
      await hostSlots.take(signal);
      const turn = new Turn(siteSlots, signal, patienceMs);
      try {
        await turn.begin();
        await this.#lookOver(turn, signal, counts);
        return counts;
      } finally {
        turn.end();
        hostSlots.giveBack();
      }
    } catch (error) {
      return { ...counts, fault: faultOf(error) };
    }
  }

  async #lookOver(
    turn: Turn,
    signal: AbortSignal,
    counts: { taken: number; settling: number; refused: number },
  ): Promise<void> {
    const { site, connect, dir } = this.#parts;
    let session: RemoteSession | undefined;
    const giveUp = (): void => session?.close();
    signal.addEventListener('abort', giveUp);
    let ledger: TakenLedger | undefined;
    try {
      // Kept at once: the turn may not come back to us, and then it must be closed all the same.
      const opened = await turn.during(async () => (session = await connect(site, signal)));
      signal.throwIfAborted();
      ledger = await TakenLedger.open(dir, site.code);
      const memory = this.#memory;
      const look = new SiteLook({
        ...this.#parts,
        session: new PatientSession(opened, turn),
        ledger,
        memory,
      });
      try {
        await look.run();
      } finally {
        const { taken, settling, refused } = look;
        Object.assign(counts, { taken, settling, refused });
      }
    } finally {
      signal.removeEventListener('abort', giveUp);
      session?.close();
      await ledger?.close();
    }
  }

  #needOpenAccount(): void {
    const { site, registry, clock } = this.#parts;
    const found = registry.current().accounts.get(site.account);
    if (found === undefined) throw new AccountClosedError(`there is no account ${site.account}`);
    // From where the account may log in says nothing of what we fetch for it.
    const { allowedAddresses: _, ...account } = found;
    const reason = new AccountAccess(account).closedTo('', clock().getTime());
    if (reason !== undefined) throw new AccountClosedError(`account ${account.code} is ${reason}`);
  }

  #report(fault: Fault | undefined): void {
    const {
      site: { code: site },
      emit,
    } = this.#parts;
    if (fault === undefined) {
      if (this.#failedRounds > 0)
        emit('site-recovered', { site, failedRounds: this.#failedRounds });
      this.#failedRounds = 0;
      return;
    }
    this.#failedRounds += 1;
    if (fault.kind === 'site-not-trusted') emit('site-refused', { site, ...fault });
    else emit(this.#failedRounds === 1 ? 'site-failed' : 'site-failed-again', { site, ...fault });
  }
}

class AccountClosedError extends Error {}

function faultOf(error: unknown): Fault {
  const reason = messageOf(error);
  if (error instanceof RemoteSiteError || error instanceof TreeError)
    return { kind: error.code, reason };
  return { kind: error instanceof AccountClosedError ? 'account-closed' : 'internal', reason };
}

/** Time after which a step no longer keeps others from going on. */
const defaultPatienceMs = 1000;

/**
 * A task's hold of a slot. While a server keeps the task waiting the slot is given to others, so
 * that however many servers are dead, the living ones are served.
 */
export class Turn {
  readonly #slots: Slots;
  readonly #signal: AbortSignal;
  readonly #patienceMs: number;
  #isHeld = false;

  constructor(slots: Slots, signal: AbortSignal, patienceMs = defaultPatienceMs) {
    this.#slots = slots;
    this.#signal = signal;
    this.#patienceMs = patienceMs;
  }

  async begin(): Promise<void> {
    await this.#slots.take(this.#signal);
    this.#isHeld = true;
  }

  /** Does a step that waits for somebody else; afterwards the slot is held again. */
  async during<T>(step: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.end(), this.#patienceMs);
    try {
      return await step();
    } finally {
      clearTimeout(timer);
      if (!this.#isHeld) await this.begin();
    }
  }

  /** Safe to call twice. */
  end(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#slots.giveBack();
  }
}

/** A session whose slow steps hold nobody else up. */
class PatientSession implements RemoteSession {
  readonly #session: RemoteSession;
  readonly #turn: Turn;

  constructor(session: RemoteSession, turn: Turn) {
    this.#session = session;
    this.#turn = turn;
  }

  list(folder: string): Promise<readonly RemoteEntry[]> {
    return this.#turn.during(() => this.#session.list(folder));
  }

  stat(path: string): Promise<RemoteFileState> {
    return this.#turn.during(() => this.#session.stat(path));
  }

  read(path: string, maxBytes: number): Promise<Uint8Array> {
    return this.#turn.during(() => this.#session.read(path, maxBytes));
  }

  move(from: string, to: string): Promise<void> {
    return this.#turn.during(() => this.#session.move(from, to));
  }

  makeFolder(path: string): Promise<void> {
    return this.#turn.during(() => this.#session.makeFolder(path));
  }

  remove(path: string): Promise<void> {
    return this.#turn.during(() => this.#session.remove(path));
  }

  close(): void {
    this.#session.close();
  }
}
