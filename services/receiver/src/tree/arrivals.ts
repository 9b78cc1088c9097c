import type { Reception } from '@envigate/contracts';
import type { InterruptedBytes, Peer, ReceptionProtocol } from '@envigate/domain';
import { messageOf, type Clock } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import type { Reservation } from '../accounts/quotas.ts';
import type { UploadQuota } from '../accounts/upload-quota.ts';
import type { DoubtfulFile, HeldStore } from '../hold/held-store.ts';
import type { Intake, Taken } from '../hold/intake.ts';
import type { AccountHome } from '../home/account-home.ts';
import type { FileNames } from '../home/file-names.ts';
import type { HeldState } from '../home/held-files.ts';
import { readReceived, type ReceivedIndex } from '../home/received-index.ts';
import type { TreePath } from '../home/tree-path.ts';
import type { TreeEmit } from './telemetry.ts';
import type { CommittedFile } from './upload.ts';

export interface ArrivalsParts {
  readonly account: string;
  readonly protocol: ReceptionProtocol;
  readonly peer: Peer;
  readonly home: AccountHome;
  readonly spool: Spool;
  readonly intake: Intake;
  readonly doubtful: HeldStore;
  readonly received: ReceivedIndex;
  readonly quota: UploadQuota;
  readonly names: FileNames;
  readonly clock: Clock;
  readonly emit: TreeEmit;
}

/** What becomes of the uploads of one session, and of those that prove broken after they were safe. */
export class Arrivals {
  readonly #parts: ArrivalsParts;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  /** Resolves when the bytes survive the loss of power. Rejects with TreeError. */
  async commit(place: TreePath, content: Buffer): Promise<CommittedFile> {
    const { account, names, emit } = this.#parts;
    const isMarker = names.isMarker(place.name, content.length);
    if (!isMarker && names.isTemporary(account, place.name)) {
      await this.#counted(content.length, async (room) => {
        await this.#keep(place, 'whole', content, '');
        room.used();
      });
      emit('file-held', { account, path: place.path, bytes: content.length });
      return {
        notice: undefined,
        confirm: () => undefined,
        interrupt: (reason, part) => this.#interruptUnnamed(place, reason, part),
      };
    }
    const taken = await this.#take(place, content, true);
    await this.#clearHeld(place.path, taken.kind === 'held' ? content.length : Infinity);
    if (taken.kind === 'held') {
      return {
        notice: noticeOf(taken.file),
        confirm: () => undefined,
        interrupt: (reason, part) => this.#interruptDoubtful(taken, reason, part),
      };
    }
    if (taken.kind === 'marker') {
      return { notice: undefined, confirm: () => undefined, interrupt: () => Promise.resolve() };
    }
    const { reception } = taken;
    return {
      notice: undefined,
      confirm: () => this.#parts.spool.confirm(reception.spoolSequence),
      interrupt: (reason, part) => this.#interruptReceived(place, reception, reason, part),
    };
  }

  /**
   * Resolves when the file is safe: from then on it is a station file, or held as a doubtful one. It
   * counts as one more file: it is received under another name.
   */
  take(place: TreePath, content: Buffer): Promise<Taken> {
    return this.#take(place, content, false);
  }

  /** As `take`, for a file that counted when it came under its temporary name. */
  async takeRenamed(place: TreePath, content: Buffer): Promise<void> {
    const taken = await this.#receive(place, content, false);
    if (taken.kind === 'received') this.#parts.quota.passed(taken.reception);
  }

  /** Never rejects. */
  async keepPartial(place: TreePath, content: Buffer, reason: string): Promise<void> {
    const { emit, home, quota } = this.#parts;
    const part = { account: this.#parts.account, path: place.path, bytes: content.length, reason };
    try {
      // A partial file does not count, as the complete one will. All partial files must fit into the day.
      quota.needRoom(content.length, home.held.partsBeside(place.path));
      await this.#keep(place, 'partial', content, reason);
      emit('part-kept', part);
    } catch (error) {
      emit('part-dropped', { ...part, error: messageOf(error) });
    }
  }

  #keep({ path }: TreePath, state: HeldState, content: Buffer, detail: string): Promise<void> {
    const { protocol, peer, clock, home } = this.#parts;
    const reason = state === 'partial' ? 'broken-transfer' : 'awaiting-rename';
    const origin = { reason, detail, since: clock(), protocol, peer: peer.address } as const;
    return home.changes.run(() => home.held.keep(path, state, content, origin));
  }

  #take(place: TreePath, content: Buffer, provisional: boolean): Promise<Taken> {
    return this.#counted(content.length, async (room) => {
      const taken = await this.#receive(place, content, provisional);
      if (taken.kind === 'received') room.used(taken.reception);
      else if (taken.kind === 'held') room.used();
      else room.giveBack();
      return taken;
    });
  }

  /** Reserves room in the account's day. `work` ends the reservation, or fails. */
  async #counted<T>(bytes: number, work: (room: Reservation) => Promise<T>): Promise<T> {
    const room = this.#parts.quota.reserve(bytes);
    try {
      return await work(room);
    } catch (error) {
      room.giveBack();
      throw error;
    }
  }

  async #receive(
    { folder, name, path }: TreePath,
    content: Buffer,
    provisional: boolean,
  ): Promise<Taken> {
    const { account, protocol, peer, home, intake } = this.#parts;
    const broken = home.held.partial(path);
    const isLonger = broken !== undefined && broken.size > content.length;
    return intake.take(
      { account, folder, name, content, protocol, peer: peer.address, provisional },
      isLonger ? await home.held.read(broken) : undefined,
    );
  }

  /** What was held of a file of which more is safe now; so this may fail. */
  async #clearHeld(path: string, upToBytes: number): Promise<void> {
    const { account, home, emit } = this.#parts;
    const before = home.held.find(path);
    if (before === undefined || before.size > upToBytes) return;
    try {
      await home.changes.run(() => home.held.remove(path));
    } catch (error) {
      emit('held-file-left', { account, path, error: messageOf(error) });
    }
  }

  /** Its record stays in the spool, marked; the client finds a part, as after any broken upload. */
  async #interruptReceived(
    place: TreePath,
    reception: Reception,
    reason: string,
    part: InterruptedBytes = 'keep',
  ): Promise<void> {
    const { account, spool, received, emit } = this.#parts;
    const { spoolSequence, size: bytes } = reception;
    const content = await readReceived(spool, reception).catch(() => undefined);
    if (received.find(account, place.path)?.spoolSequence === spoolSequence)
      received.remove(account, place.path);
    const facts = { account, path: place.path, bytes, reason, spoolSequence };
    try {
      await spool.interrupt(spoolSequence);
      emit('file-interrupted', facts);
    } catch (error) {
      emit('interruption-not-kept', { ...facts, error: messageOf(error) });
    }
    if (content !== undefined && part === 'keep') await this.keepPartial(place, content, reason);
  }

  /** It was held for a doubt of its own, which a quiet time would end; now only a person does. */
  async #interruptDoubtful(
    taken: Taken & { kind: 'held' },
    reason: string,
    part: InterruptedBytes = 'keep',
  ): Promise<void> {
    // What was held before came whole over the wire.
    if (!taken.isNew) return;
    const { intake, doubtful, emit } = this.#parts;
    const { id, account, path, size: bytes } = taken.file;
    try {
      await intake.changes.run(() =>
        part === 'discard'
          ? doubtful.remove(taken.file)
          : doubtful.change(id, { reason: 'broken-transfer', detail: reason }),
      );
      emit('part-kept', { account, path, bytes, reason });
    } catch (error) {
      emit('part-dropped', { account, path, bytes, reason, error: messageOf(error) });
    }
  }

  /** Complete under a temporary name: it can no longer be renamed to a final one. */
  async #interruptUnnamed(
    place: TreePath,
    reason: string,
    part: InterruptedBytes = 'keep',
  ): Promise<void> {
    const { home } = this.#parts;
    const whole = home.held.find(place.path);
    if (whole?.state !== 'whole') return;
    const content = await home.held.read(whole).catch(() => undefined);
    if (content === undefined) return;
    if (part === 'keep') await this.keepPartial(place, content, reason);
    await home.changes.run(() => home.held.removeState(whole)).catch(() => undefined);
  }
}

function noticeOf({ reason }: DoubtfulFile): string {
  return reason === 'shrunk'
    ? 'The file is safe, but shorter than before: it is held. Send it whole.'
    : 'The file is safe, but its last line looks cut: it is held. Send it whole.';
}
