import type { Reception } from '@envigate/contracts';
import { looksCut, type Cut } from '@envigate/domain';
import { Mutex, messageOf, type Clock } from '@envigate/runtime';
import type { Spool, SpoolEntry } from '@envigate/spool';
import type { AccountHomes } from '../home/account-home.ts';
import { readReceived, type ReceivedIndex } from '../home/received-index.ts';
import { joinPath, type FileNames } from '../home/tree-names.ts';
import type { DoubtfulFile, HeldStore } from './held-store.ts';
import type { FileWithEnd, KnownTrailers } from './known-trailers.ts';
import type { HoldEmit } from './telemetry.ts';

/** `receiver.hold` of the configuration. */
export interface HoldSettings {
  /** Whether files whose last line looks cut are held. */
  readonly cutLastLine: boolean;
  /** Whether files are held that are a beginning of what came before under their name. */
  readonly shrunk: boolean;
  /** Minutes after which a doubtful file is received as it is. */
  readonly quietMinutes: number;
}

/** What all that takes files and decides about held ones shares, whatever door a file came through. */
export interface HoldContext {
  readonly spool: Spool;
  readonly received: ReceivedIndex;
  readonly homes: AccountHomes;
  readonly doubtful: HeldStore;
  readonly names: FileNames;
  readonly settings: HoldSettings;
  readonly clock: Clock;
  readonly emit: HoldEmit;
}

/** What happened to a file whose bytes are durable now. */
export type Taken =
  | { readonly kind: 'received'; readonly reception: Reception }
  /** `isNew` is false where the same bytes were held already. */
  | { readonly kind: 'held'; readonly file: DoubtfulFile; readonly isNew: boolean }
  /** An empty file that only marks another one by its name: logged, shown in listings, not received. */
  | { readonly kind: 'marker' };

type Doubt = Pick<DoubtfulFile, 'reason' | 'detail'>;

/**
 * The way of every file into the spool, whatever door it came through. A file that does not look
 * whole is held instead: its bytes are as safe, but nobody reads them before it was sent again, or
 * the quiet time has passed, or an operator has decided.
 */
export class Intake {
  readonly #context: HoldContext;
  readonly #trailers: KnownTrailers;
  /** Changes to what is held come one after another; whole files do not wait for them. */
  readonly changes = new Mutex();

  constructor(context: HoldContext, trailers: KnownTrailers) {
    this.#context = context;
    this.#trailers = trailers;
  }

  /**
   * Resolves when the bytes survive the loss of power. `partial` is what an interrupted upload of the
   * same name has left. Rejects with TreeError.
   */
  async take(entry: SpoolEntry, partial?: Uint8Array): Promise<Taken> {
    if (this.#context.names.isMarker(entry.name, entry.content.length))
      return this.#passOver(entry);
    const doubt = this.#isPlainlyWhole(entry, partial)
      ? undefined
      : await this.#doubtAbout(entry, partial);
    if (doubt !== undefined) {
      return this.changes.run(() => this.#hold(entry, doubt));
    }
    const reception = await this.receive(entry);
    if (this.#heldAt(entry).length > 0) await this.#dropCompleted(entry);
    return { kind: 'received', reception };
  }

  /** Appends to the spool without judging the content. */
  async receive(entry: SpoolEntry): Promise<Reception> {
    const { spool, received, emit } = this.#context;
    const reception = await spool.append(entry);
    received.add(reception);
    const { account, protocol, name, size: bytes, spoolSequence } = reception;
    emit('file-received', { account, protocol, bytes, name, spoolSequence });
    return reception;
  }

  #passOver({ account, folder, name, protocol }: SpoolEntry): Taken {
    const { received, clock, emit } = this.#context;
    const path = joinPath(folder, name);
    received.addMarker(account, path, clock());
    emit('marker-passed-over', { account, protocol, path });
    return { kind: 'marker' };
  }

  /** Most files end whole and are the first of their name: nothing has to be read to judge them. */
  #isPlainlyWhole(entry: SpoolEntry, partial?: Uint8Array): boolean {
    const { settings, received } = this.#context;
    if (settings.cutLastLine && (!this.#trailers.isEmpty || looksCut(entry.content) !== undefined))
      return false;
    if (!settings.shrunk) return true;
    if (partial !== undefined || this.#heldAt(entry).length > 0) return false;
    return received.find(entry.account, joinPath(entry.folder, entry.name)) === undefined;
  }

  async #doubtAbout(entry: SpoolEntry, partial?: Uint8Array): Promise<Doubt | undefined> {
    const { settings } = this.#context;
    const cut = settings.cutLastLine ? await this.#cutOf(entry) : undefined;
    if (cut !== undefined) return { reason: 'cut-last-line', detail: cut.reason };
    if (!settings.shrunk) return undefined;
    const longer = await this.#longerThan(entry, partial);
    return longer === undefined ? undefined : { reason: 'shrunk', detail: longer };
  }

  /** Whether the file may be short of its end; notes nothing. */
  mayBeCut(file: NamedContent): boolean {
    const cut = looksCut(file.content);
    if (cut?.trailer === undefined) return cut !== undefined;
    return !this.#trailers.knows(withPath(file), cut.trailer);
  }

  async #cutOf(entry: SpoolEntry): Promise<Cut | undefined> {
    const trailers = this.#trailers;
    const cut = looksCut(entry.content);
    const file = withPath(entry);
    if (cut === undefined) {
      await trailers.forget(file);
      return undefined;
    }
    // Sent again as it was received, it is what its sender has.
    if (await this.#wasReceived(entry)) return undefined;
    const { trailer } = cut;
    if (trailer === undefined) return cut;
    if (trailers.knows(file, trailer)) return undefined;
    // What goes on from bytes that are held, or repeats them, is no second file that ends so.
    const isResend = (await this.#readHeld(entry)).some(({ bytes }) =>
      isBeginningOf(bytes, entry.content),
    );
    return !isResend && (await trailers.note(file, trailer)) ? undefined : cut;
  }

  async #wasReceived(entry: SpoolEntry): Promise<boolean> {
    const before = await this.#contentReceived(entry);
    return before !== undefined && hasSameText(entry.content, before);
  }

  /** What was longer, in words; undefined where nothing that came under this name began so and went on. */
  async #longerThan(entry: SpoolEntry, partial?: Uint8Array): Promise<string | undefined> {
    const { content } = entry;
    const isLonger = (before: Uint8Array): boolean =>
      isBeginningOf(content, before) && !isBeginningOf(before, content);
    if (partial !== undefined && isLonger(partial))
      return `${content.length} of at least ${partial.length} bytes of an interrupted upload`;
    for (const file of this.#heldAt(entry)) {
      if (isLonger(await this.#context.doubtful.read(file)))
        return `${content.length} of at least ${file.size} bytes that are held`;
    }
    const before = await this.#contentReceived(entry, content.length + 1);
    if (before === undefined || !isLonger(before)) return undefined;
    return `${content.length} of the ${before.length} bytes received before`;
  }

  /** Undefined where nothing so long is remembered, or the spool has deleted it. */
  async #contentReceived({ account, folder, name }: SpoolEntry, atLeast = 0) {
    const { received, spool } = this.#context;
    const before = received.find(account, joinPath(folder, name));
    if (before === undefined || before.size < atLeast) return undefined;
    return readReceived(spool, before);
  }

  #heldAt({ account, folder, name }: SpoolEntry): readonly DoubtfulFile[] {
    return this.#context.doubtful.at(account, joinPath(folder, name));
  }

  async #hold(entry: SpoolEntry, doubt: Doubt): Promise<Taken> {
    const { doubtful, clock, emit } = this.#context;
    const { account, folder, name, content, protocol, peer } = entry;
    const before = await this.#readHeld(entry);
    const covering = before.find(({ bytes }) => isBeginningOf(content, bytes));
    if (covering !== undefined) {
      emit('doubtful-repeated', describe(covering.file));
      return { kind: 'held', file: covering.file, isNew: false };
    }
    const origin = { protocol, peer, since: clock() };
    const path = joinPath(folder, name);
    const file = await doubtful.add({ account, path, ...origin, ...doubt }, content);
    emit('doubtful-held', { ...describe(file), detail: doubt.detail });
    await this.#drop(before.filter(({ bytes }) => isBeginningOf(bytes, content)));
    return { kind: 'held', file, isNew: true };
  }

  /** The file is safe in the spool, so this may fail. */
  async #dropCompleted(entry: SpoolEntry): Promise<void> {
    const { account, folder, name, content } = entry;
    try {
      await this.changes.run(async () => {
        const before = await this.#readHeld(entry);
        await this.#drop(before.filter(({ bytes }) => isBeginningOf(bytes, content)));
      });
    } catch (error) {
      const path = joinPath(folder, name);
      this.#context.emit('doubtful-left', { account, path, error: messageOf(error) });
    }
  }

  /** Only bytes that came again are dropped: another file of the same name completes nothing. */
  async #drop(held: readonly Held[]): Promise<void> {
    for (const { file } of held) {
      await this.#context.doubtful.remove(file);
      this.#context.emit('doubtful-completed', describe(file));
    }
  }

  #readHeld(entry: SpoolEntry): Promise<readonly Held[]> {
    const read = async (file: DoubtfulFile): Promise<Held> => ({
      file,
      bytes: await this.#context.doubtful.read(file),
    });
    return Promise.all(this.#heldAt(entry).map(read));
  }
}

type NamedContent = Pick<SpoolEntry, 'account' | 'folder' | 'name' | 'content'>;

function withPath({ account, folder, name, content }: NamedContent): FileWithEnd {
  return { account, name, path: joinPath(folder, name), bytes: content.length };
}

interface Held {
  readonly file: DoubtfulFile;
  readonly bytes: Buffer;
}

function describe({ id, account, path, size, reason }: Omit<DoubtfulFile, 'since'>) {
  return { id, account, path, bytes: size, reason };
}

const CR = 0x0d;

/**
 * Whether `part` is the beginning of `whole`, or all of it. Line ends may have changed on the way
 * (ASCII transfers), so CRs do not count.
 */
function isBeginningOf(part: Uint8Array, whole: Uint8Array): boolean {
  const [short, long] = [withoutCr(part), withoutCr(whole)];
  return long.length >= short.length && short.equals(long.subarray(0, short.length));
}

function hasSameText(one: Uint8Array, other: Uint8Array): boolean {
  return withoutCr(one).equals(withoutCr(other));
}

function withoutCr(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.includes(CR) ? bytes.filter((byte) => byte !== CR) : bytes);
}
