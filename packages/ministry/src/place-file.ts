import {
  DeliveryError,
  deliveryCodes,
  type DeliveryOutcome,
  type MinistryFile,
} from '@envigate/domain';
import { Refusal, type RemoteFolder, type RemoteSize } from '@envigate/remote-folder';
import { messageOf } from '@envigate/runtime';
import { presumedReceipt } from './delivery.ts';
import { asideName, temporaryName, type TargetMemory, type Way } from './target-memory.ts';

/** How one way of bringing the file in ended. */
type WayEnd =
  | { readonly kind: 'placed'; readonly receipt: string; readonly presumed?: true }
  /** A verdict on the file's own name. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Our temporary name was refused, which says nothing of the file. */
  | { readonly kind: 'no-temporary'; readonly refusal: Refusal }
  /** The temporary file arrived, and cannot get the file's own name. */
  | { readonly kind: 'no-rename'; readonly refusal: Refusal }
  /** The server confirmed the temporary file and has it no more: a scanner, a cleaner, a quota. */
  | { readonly kind: 'lost'; readonly refusal: Refusal };

type FailedWay = Exclude<WayEnd, { kind: 'placed' | 'refused' }>;

/** Leftovers of other deliveries that one delivery removes. */
const maxSwept = 10;

const noNames = { temporary: [], aside: [] } as const;

/**
 * Brings a file to the ministry so that what is there is never worse than before:
 *
 * - It becomes visible whole: stored under a temporary name, its size compared, then renamed. Where
 *   the server refuses that for good, the other ways of `TargetMemory` are tried in turn.
 * - An older version under its name stays until the new one has arrived. Where the server does not
 *   rename over it, it is renamed aside, and back if the new one cannot take its place. It is deleted
 *   only where the server names its existence as the reason and the new one's size is confirmed.
 * - A repeat is judged as one: "exists already" is what an attempt in doubt has left.
 *
 * Rejects with a DeliveryError where the session is still good, else with what broke it.
 */
export async function placeFile(
  folder: RemoteFolder,
  file: MinistryFile,
  memory: TargetMemory,
): Promise<DeliveryOutcome> {
  return new Placement(folder, file, memory).run();
}

class Placement {
  readonly #folder: RemoteFolder;
  readonly #file: MinistryFile;
  readonly #memory: TargetMemory;
  /** Our temporary names that may lie at the ministry. */
  readonly #lying: Set<string>;
  /** Where an older version may lie: not to be removed before the new one is in its place. */
  readonly #asides: Set<string>;

  constructor(folder: RemoteFolder, file: MinistryFile, memory: TargetMemory) {
    this.#folder = folder;
    this.#file = file;
    this.#memory = memory;
    // The names cost hashes, which most deliveries do without.
    const mayHaveLeft = file.resend || memory.hasLeftovers;
    const { temporary, aside } = mayHaveLeft ? memory.namesOf(file.idempotencyKey) : noNames;
    const left = memory.takeLeftovers(temporary);
    // What an attempt of an earlier process left is not remembered.
    this.#lying = new Set(file.resend ? temporary : left);
    this.#asides = new Set(file.resend ? aside : []);
  }

  async run(): Promise<DeliveryOutcome> {
    try {
      const end = await this.#place();
      if (end.kind === 'placed') for (const aside of this.#asides) this.#lying.add(aside);
      await this.#tidyUp().catch(() => undefined); // the outcome of the file is known
      if (end.kind === 'refused')
        return {
          kind: 'refused',
          code: deliveryCodes.invalidFormat,
          reason: end.refusal.message,
        };
      const { receipt, presumed } = end;
      return { kind: 'accepted', receipt, ...(presumed && { presumed }) };
    } finally {
      this.#memory.addLeftovers(this.#lying);
    }
  }

  async #place(): Promise<Extract<WayEnd, { kind: 'placed' | 'refused' }>> {
    if (this.#file.resend && (await this.#isThereWhole())) return this.#thereAlready();
    let last: FailedWay | undefined;
    for (const way of this.#memory.waysToTry(performance.now())) {
      // Another temporary name would not be renamed either.
      if (way !== 'direct' && last?.kind === 'no-rename') continue;
      if (way === 'direct' && last !== undefined && !(await this.#mayStoreOver(last))) break;
      const end = await this.#try(way);
      switch (end.kind) {
        case 'placed':
          this.#memory.worked(way, last?.kind, performance.now());
          return end;
        case 'refused':
          return end;
        default:
          last = end;
      }
    }
    this.#memory.nothingWorked();
    if (last === undefined) throw new Error('a target has no way to bring a file in');
    return this.#giveUp(last);
  }

  /**
   * To store directly truncates the file that is there. That is right only where the server has
   * clearly refused the gentler ways, and not because files get lost or its disk may be full.
   */
  async #mayStoreOver({ kind, refusal }: FailedWay): Promise<boolean> {
    const isClear =
      kind === 'no-rename' || (kind === 'no-temporary' && refusal.meaning !== 'unclear');
    return isClear || (await this.#sizeOf(this.#file.name)) === 'missing';
  }

  #try(way: Way): Promise<WayEnd> {
    return way === 'direct' ? this.#storeDirectly() : this.#storeAndRename(way.pattern);
  }

  async #storeAndRename(pattern: string): Promise<WayEnd> {
    const { payload, idempotencyKey } = this.#file;
    const temporary = temporaryName(pattern, idempotencyKey);
    this.#lying.add(temporary);
    const refused = await this.#storeTemporary(temporary);
    if (refused !== undefined) return { kind: 'no-temporary', refusal: refused };
    const { size, result } = await this.#folder.measureAndRename({
      from: temporary,
      to: this.#file.name,
      isRight: (each) => this.#isConfirmed(each),
      isFollowed: this.#file.isFollowed ?? false,
    });
    if (typeof result === 'string')
      return { kind: 'placed', receipt: this.#tookPlace(temporary, result) };
    if (result === undefined) {
      if (size === 'missing') return lost(temporary);
      await this.#remove(temporary);
      throw this.#failure(`the ministry holds ${size} of ${payload.length} bytes`);
    }
    const refusal = forGood(result);
    if (refusal.meaning === 'missing' || (refusal.isOfOldName && size === 'missing'))
      return lost(temporary, refusal);
    const isImpossible = refusal.isOfOldName || refusal.meaning === 'unsupported';
    const end: WayEnd = isImpossible
      ? { kind: 'no-rename', refusal }
      : await this.#renameOntoExisting(pattern, temporary, refusal, typeof size === 'number');
    if (end.kind !== 'placed' || this.#lying.has(temporary)) await this.#remove(temporary);
    return end;
  }

  /** A server that reports sizes and has none of the temporary file has lost it. */
  #isConfirmed(size: RemoteSize): boolean {
    if (typeof size === 'number') this.#memory.reportsSizes = true;
    return size === 'missing'
      ? !this.#memory.reportsSizes
      : size === 'untold' || size === this.#file.payload.length;
  }

  /** Returns why the server does not take it. */
  async #storeTemporary(temporary: string): Promise<Refusal | undefined> {
    for (let isAgain = false; ; isAgain = true) {
      try {
        await this.#folder.store(temporary, this.#file.payload);
        return undefined;
      } catch (error) {
        const refusal = forGood(error);
        // Some servers overwrite nothing, not even what our earlier attempt left.
        const wasThere = await this.#remove(temporary);
        if (isAgain || !wasThere) return refusal;
      }
    }
  }

  /** The file's own name was refused to the temporary file: because something is there? */
  async #renameOntoExisting(
    pattern: string,
    temporary: string,
    refusal: Refusal,
    isConfirmed: boolean,
  ): Promise<WayEnd> {
    const { name, idempotencyKey } = this.#file;
    const there = await this.#existing(refusal);
    switch (there) {
      case 'same':
        return this.#thereAlready();
      case 'presumably-same':
        return this.#presumablyThere(refusal);
      case 'nothing':
        // A server that renames other files means this name.
        if (refusal.meaning === 'bad-name' && this.#memory.hasRenamed)
          return { kind: 'refused', refusal };
        return { kind: 'no-rename', refusal };
      case 'other':
        break;
    }
    const aside = asideName(pattern, idempotencyKey);
    if (await this.#couldRename(name, aside)) {
      try {
        const receipt = await this.#takePlace(temporary);
        this.#asides.add(aside);
        return { kind: 'placed', receipt };
      } catch (error) {
        await this.#putBack(aside, error);
        return { kind: 'no-rename', refusal: forGood(error) };
      }
    }
    if (refusal.meaning !== 'exists' || !isConfirmed || !(await this.#folder.remove(name)))
      return { kind: 'no-rename', refusal };
    try {
      return { kind: 'placed', receipt: await this.#takePlace(temporary) };
    } catch (error) {
      return { kind: 'no-rename', refusal: forGood(error) };
    }
  }

  async #takePlace(temporary: string): Promise<string> {
    return this.#tookPlace(temporary, await this.#folder.rename(temporary, this.#file.name));
  }

  #tookPlace(temporary: string, receipt: string): string {
    this.#lying.delete(temporary);
    this.#memory.hasRenamed = true;
    return receipt;
  }

  /** In doubt where that fails: the next attempt then looks for what this one left. */
  async #putBack(aside: string, why: unknown): Promise<void> {
    try {
      await this.#folder.rename(aside, this.#file.name);
    } catch (cause) {
      const left = `${messageOf(why)}; the older version lies at the ministry as ${aside}`;
      throw this.#failure(left, { cause, inDoubt: true });
    }
  }

  async #couldRename(from: string, to: string): Promise<boolean> {
    try {
      await this.#folder.rename(from, to);
      return true;
    } catch (error) {
      forGood(error);
      return false;
    }
  }

  async #storeDirectly(): Promise<WayEnd> {
    const { name, payload } = this.#file;
    let receipt: string;
    try {
      receipt = await this.#folder.store(name, payload);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Some of it may lie there now.
      if (!error.isForGood)
        throw this.#failure(error.message, { cause: error, inDoubt: !(await this.#isMissing()) });
      return this.#judgeRefusedName(error);
    }
    const size = await this.#sizeOf(name);
    if (typeof size === 'number') {
      if (size !== payload.length)
        throw this.#failure(`the ministry holds ${size} of ${payload.length} bytes`, {
          inDoubt: true,
        });
    } else if (size === 'missing' && this.#memory.reportsSizes) {
      throw this.#failure('the ministry confirmed it and has no such file', { inDoubt: true });
    }
    return { kind: 'placed', receipt };
  }

  async #judgeRefusedName(refusal: Refusal): Promise<WayEnd> {
    const there = refusal.meaning === 'exists' ? await this.#existing(refusal) : 'nothing';
    if (there === 'same') return this.#thereAlready();
    if (there === 'presumably-same') return this.#presumablyThere(refusal);
    // After an attempt in doubt it may be a part of this very file, which may yet be replaceable.
    const isVerdict =
      refusal.meaning === 'bad-name' || (refusal.meaning === 'exists' && !this.#file.resend);
    if (isVerdict) return { kind: 'refused', refusal };
    this.#memory.nothingWorked();
    const refusesFile = refusal.meaning !== 'missing' && refusal.meaning !== 'unsupported';
    throw this.#failure(refusal.message, { cause: refusal, refusesFile });
  }

  /** What lies under the file's own name, which the server refused. */
  async #existing(refusal: Refusal): Promise<'nothing' | 'other' | 'same' | 'presumably-same'> {
    const { name, payload, resend } = this.#file;
    const size = await this.#sizeOf(name);
    if (size === 'missing') return 'nothing';
    if (size === 'untold') {
      if (refusal.meaning !== 'exists') return 'nothing';
      return resend ? 'presumably-same' : 'other';
    }
    if (size !== payload.length) return 'other';
    const isSame = await this.#hasSameBytes();
    if (isSame === undefined) return resend ? 'presumably-same' : 'other';
    return isSame ? 'same' : 'other';
  }

  /**
   * Has an earlier attempt arrived? A correction has the name and often the size of the file that
   * it corrects, so an equal size is only a reason to read the file back and compare.
   */
  async #isThereWhole(): Promise<boolean> {
    const { name, payload } = this.#file;
    return (await this.#sizeOf(name)) === payload.length && (await this.#hasSameBytes()) === true;
  }

  /** Undefined where the server forbids to read. */
  async #hasSameBytes(): Promise<boolean | undefined> {
    const { name, payload } = this.#file;
    const bytes = await this.#folder.read(name, payload.length);
    return bytes && Buffer.compare(bytes, payload) === 0;
  }

  async #sizeOf(name: string): Promise<RemoteSize> {
    const size = await this.#folder.sizeOf(name);
    if (typeof size === 'number') this.#memory.reportsSizes = true;
    return size;
  }

  async #isMissing(): Promise<boolean> {
    return (await this.#sizeOf(this.#file.name).catch(() => undefined)) === 'missing';
  }

  #thereAlready(): Extract<WayEnd, { kind: 'placed' }> {
    return { kind: 'placed', receipt: `${this.#file.name} was there already, whole` };
  }

  #presumablyThere({ message }: Refusal): WayEnd {
    return { kind: 'placed', receipt: presumedReceipt(message), presumed: true };
  }

  #giveUp({ kind, refusal }: FailedWay): Extract<WayEnd, { kind: 'refused' }> {
    switch (kind) {
      case 'no-temporary':
        throw this.#failure(
          `the server takes no temporary name (${refusal.message}); set temporaryName or upload of the target`,
          { cause: refusal },
        );
      case 'no-rename':
        if (refusal.meaning === 'bad-name') return { kind: 'refused', refusal };
        throw this.#failure(refusal.message, { cause: refusal, refusesFile: !refusal.isOfOldName });
      case 'lost':
        throw this.#failure(refusal.message, { cause: refusal });
    }
  }

  async #remove(name: string): Promise<boolean> {
    const wasThere = await this.#folder.remove(name);
    this.#lying.delete(name);
    return wasThere;
  }

  /** What a server does not let us remove is not tried again. */
  async #tidyUp(): Promise<void> {
    for (const name of this.#memory.takeSomeLeftovers(maxSwept)) this.#lying.add(name);
    for (const name of this.#lying) await this.#remove(name);
  }

  #failure(
    why: string,
    options: { cause?: unknown; inDoubt?: boolean; refusesFile?: boolean } = {},
  ): DeliveryError {
    return new DeliveryError('transfer-failed', why, { inDoubt: false, ...options });
  }
}

function lost(temporary: string, cause?: Refusal): WayEnd {
  const said = cause === undefined ? '' : ` (${cause.message})`;
  const message = `the ministry confirmed ${temporary} and has no such file${said}`;
  return { kind: 'lost', refusal: new Refusal(message, 'missing', { cause }) };
}

/** Throws on what is not a lasting answer of the server. */
function forGood(error: unknown): Refusal {
  if (error instanceof Refusal && error.isForGood) return error;
  throw error;
}
