import type { Reception } from '@envigate/contracts';
import {
  TreeError,
  type InterruptedBytes,
  type Peer,
  type ReceptionProtocol,
} from '@envigate/domain';
import { messageOf } from '@envigate/runtime';
import type { Quotas, UploadQuota } from '../accounts/quotas.ts';
import type { DoubtfulFile } from '../hold/held-store.ts';
import type { HoldContext, Intake, Taken } from '../hold/intake.ts';
import type { AccountHome } from '../home/account-home.ts';
import type { ParkedState } from '../home/parked-files.ts';
import { readReceived } from '../home/received-index.ts';
import type { TreePath } from '../home/tree-names.ts';
import type { TreeEmit } from './telemetry.ts';
import type { SlowUploads, TimedUpload, UploadBudget } from './upload-bounds.ts';
import type { CommittedFile, UploadEnd } from './upload.ts';

/**
 * The way of one path's bytes from a session to the spool, or to where the session's account keeps what is
 * no station file yet; and back, where the upload turns out to be interrupted after its bytes were durable.
 */
export class UploadCommit implements UploadEnd {
  readonly #context: ReceptionContext;
  readonly #session: AccountSession;
  readonly #place: TreePath;

  constructor(context: ReceptionContext, session: AccountSession, place: TreePath) {
    this.#context = context;
    this.#session = session;
    this.#place = place;
  }

  /** Resolves when the bytes survive the loss of power. Rejects with TreeError. */
  async commit(content: Buffer): Promise<CommittedFile> {
    const { account, isAdmitted } = this.#session;
    const { names, emit } = this.#context;
    const place = this.#place;
    if (!isAdmitted()) throw accountClosed(account);
    const isMarker = names.isMarker(place.name, content.length);
    if (!isMarker && names.isTemporary(account, place.name)) {
      await this.#park(content);
      emit('file-held', { account, path: place.path, bytes: content.length });
      return {
        notice: undefined,
        confirm: () => undefined,
        interrupt: (reason, bytes) => this.#interruptParked(reason, bytes),
      };
    }
    const taken = await this.#take(content, true);
    if (this.#session.home.parked.find(place.path) !== undefined)
      await this.#clearParked(taken.kind === 'held' ? content.length : Infinity);
    if (taken.kind === 'held') {
      return {
        notice: noticeOf(taken.file),
        confirm: () => undefined,
        interrupt: (reason, bytes) => this.#interruptDoubtful(taken, reason, bytes),
      };
    }
    if (taken.kind === 'marker') {
      return { notice: undefined, confirm: () => undefined, interrupt: () => Promise.resolve() };
    }
    const { reception } = taken;
    return {
      notice: undefined,
      confirm: () => this.#context.spool.confirm(reception.spoolSequence),
      interrupt: (reason, bytes) => this.#interruptReceived(reception, reason, bytes),
    };
  }

  /**
   * Resolves when the file is safe: from then on it is a station file, or held as a doubtful one. It
   * counts as one more file: it is received under another name.
   */
  take(content: Buffer): Promise<Taken> {
    return this.#take(content, false);
  }

  /** As `take`, for a file that counted when it came under its temporary name. */
  async takeRenamed(content: Buffer): Promise<void> {
    const taken = await this.#receive(content, false);
    if (taken.kind === 'received') this.#session.quota.passed(taken.reception);
  }

  /** Never rejects. */
  async keepPartial(content: Buffer, reason: string): Promise<void> {
    const { account, home, quota } = this.#session;
    const { emit } = this.#context;
    const { path } = this.#place;
    const facts = { account, path, bytes: content.length, reason };
    try {
      // A partial file does not count, as the complete one will. All partial files must fit into the day.
      quota.needRoom(content.length, home.parked.partialsBeside(path));
      await this.#keep('partial', content, reason);
      emit('part-kept', facts);
    } catch (error) {
      emit('part-dropped', { ...facts, error: messageOf(error) });
    }
  }

  /**
   * After a refused upload its sender must not find an older file of the name: lftp and others ask for the
   * size, and an equal one means success to them. Hides what is there; deletes nothing.
   */
  onRefused(): void {
    const { account, home } = this.#session;
    const { doubtful, received } = this.#context;
    const { path } = this.#place;
    home.parked.hide(path);
    doubtful.hide(account, path);
    received.remove(account, path);
  }

  onEnd(upload: TimedUpload): void {
    this.#context.slowUploads.end(upload);
  }

  #keep(state: ParkedState, content: Buffer, detail: string): Promise<void> {
    const { protocol, peer, home } = this.#session;
    const { clock } = this.#context;
    const { path } = this.#place;
    const reason = state === 'partial' ? 'broken-transfer' : 'awaiting-rename';
    const origin = { reason, detail, since: clock(), protocol, peer: peer.address } as const;
    return home.changes.run(() => home.parked.keep(path, state, content, origin));
  }

  async #park(content: Buffer): Promise<void> {
    const room = this.#session.quota.reserve(content.length);
    try {
      await this.#keep('whole', content, '');
      room.used();
    } catch (error) {
      room.giveBack();
      throw error;
    }
  }

  async #take(content: Buffer, provisional: boolean): Promise<Taken> {
    const room = this.#session.quota.reserve(content.length);
    try {
      const taken = await this.#receive(content, provisional);
      if (taken.kind === 'received') room.used(taken.reception);
      else if (taken.kind === 'held') room.used();
      else room.giveBack();
      return taken;
    } catch (error) {
      room.giveBack();
      throw error;
    }
  }

  #receive(content: Buffer, provisional: boolean): Promise<Taken> {
    const { account, protocol, peer, home } = this.#session;
    const { folder, name, path } = this.#place;
    const { intake } = this.#context;
    const entry = { account, folder, name, content, protocol, peer: peer.address, provisional };
    const partial = home.parked.partial(path);
    if (partial === undefined || partial.size <= content.length) return intake.take(entry);
    return home.parked.read(partial).then((before) => intake.take(entry, before));
  }

  /** Removes what was parked of a file of which more is safe now; so this may fail. */
  async #clearParked(upToBytes: number): Promise<void> {
    const { account, home } = this.#session;
    const { path } = this.#place;
    const before = home.parked.find(path);
    if (before === undefined || before.size > upToBytes) return;
    try {
      await home.changes.run(() => home.parked.remove(path));
    } catch (error) {
      this.#context.emit('held-file-left', { account, path, error: messageOf(error) });
    }
  }

  /** Its record stays in the spool, marked; the client finds a partial file, as after any interrupted upload. */
  async #interruptReceived(
    reception: Reception,
    reason: string,
    bytes: InterruptedBytes = 'keep',
  ): Promise<void> {
    const { account } = this.#session;
    const { spool, received, emit } = this.#context;
    const { path } = this.#place;
    const { spoolSequence, size } = reception;
    const content = await readReceived(spool, reception).catch(() => undefined);
    if (received.find(account, path)?.spoolSequence === spoolSequence)
      received.remove(account, path);
    const facts = { account, path, bytes: size, reason, spoolSequence };
    try {
      await spool.interrupt(spoolSequence);
      emit('file-interrupted', facts);
    } catch (error) {
      emit('interruption-not-kept', { ...facts, error: messageOf(error) });
    }
    if (content !== undefined && bytes === 'keep') await this.keepPartial(content, reason);
  }

  /** It was held for a doubt of its own, which a quiet time would end; now only a person does. */
  async #interruptDoubtful(
    taken: Taken & { kind: 'held' },
    reason: string,
    bytes: InterruptedBytes = 'keep',
  ): Promise<void> {
    // What was held before came whole over the wire.
    if (!taken.isNew) return;
    const { intake, doubtful, emit } = this.#context;
    const { id, account, path, size } = taken.file;
    try {
      await intake.changes.run(() =>
        bytes === 'discard'
          ? doubtful.remove(taken.file)
          : doubtful.change(id, { reason: 'broken-transfer', detail: reason }),
      );
      emit('part-kept', { account, path, bytes: size, reason });
    } catch (error) {
      emit('part-dropped', { account, path, bytes: size, reason, error: messageOf(error) });
    }
  }

  /** Complete under a temporary name: it can no longer be renamed to a final one. */
  async #interruptParked(reason: string, bytes: InterruptedBytes = 'keep'): Promise<void> {
    const { home } = this.#session;
    const whole = home.parked.find(this.#place.path);
    if (whole?.state !== 'whole') return;
    const content = await home.parked.read(whole).catch(() => undefined);
    if (content === undefined) return;
    if (bytes === 'keep') await this.keepPartial(content, reason);
    await home.changes.run(() => home.parked.removeState(whole)).catch(() => undefined);
  }
}

export function accountClosed(account: string): TreeError {
  return new TreeError('not-permitted', `the account ${account} is closed`);
}

function noticeOf({ reason }: DoubtfulFile): string {
  return reason === 'shrunk'
    ? 'The file is safe, but shorter than before: it is held. Send it whole.'
    : 'The file is safe, but its last line looks cut: it is held. Send it whole.';
}

/** What all sessions of the hall share. */
export interface ReceptionContext extends HoldContext {
  readonly intake: Intake;
  readonly quotas: Quotas;
  /** Uploads in progress; the owner of this object ends the slow ones. */
  readonly slowUploads: SlowUploads;
  readonly maxFileBytes: number;
  readonly emit: HoldContext['emit'] & TreeEmit;
}

/** What belongs to one session of an account. */
export interface AccountSession {
  readonly account: string;
  readonly protocol: ReceptionProtocol;
  readonly peer: Peer;
  readonly home: AccountHome;
  readonly quota: UploadQuota;
  readonly memory: UploadBudget;
  /** False once the registry no longer lets the account in, at all or from here. */
  readonly isAdmitted: () => boolean;
  readonly onLeave: () => void;
}
