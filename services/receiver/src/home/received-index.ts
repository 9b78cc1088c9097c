import { createHash } from 'node:crypto';
import type { Reception } from '@envigate/contracts';
import type { Clock } from '@envigate/runtime';
import type { Spool } from '@envigate/spool';
import { isBelow, joinPath, movedPath, parseTreePath } from './tree-names.ts';

export interface ReceivedFile {
  readonly path: string;
  readonly size: number;
  readonly receivedAt: Date;
  /** SHA-256, hexadecimal: the spool removes the bytes earlier than this view forgets the file. */
  readonly contentHash: string;
  /** 0 for a marker, which is not in the spool. */
  readonly spoolSequence: number;
}

export interface ReceivedIndexLimits {
  readonly perAccount: number;
  /** Over all accounts. */
  readonly inAll: number;
  readonly maxAgeMs: number;
}

const hashOfNothing = createHash('sha256').digest('hex');

export const defaultLimits: ReceivedIndexLimits = {
  perAccount: 4096,
  inAll: 65_536,
  maxAgeMs: 24 * 3600 * 1000,
};

/**
 * The files received lately, by account: what a logger sees when it looks whether its file has
 * arrived (LIST, SIZE, MDTM, STAT), although the file is already on its way. A view, never the
 * record: it is bounded and may forget, the oldest first.
 */
export class ReceivedIndex {
  readonly #limits: ReceivedIndexLimits;
  readonly #clock: Clock;
  readonly #accounts = new Map<string, AccountFiles>();
  /** Of all accounts. */
  readonly #byAge = new AgeQueue<OwnedFile>((file) => this.#present(file.account, file) === file);
  #size = 0;

  constructor(clock: Clock, limits: ReceivedIndexLimits = defaultLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  add(reception: Reception): void {
    const { account, folder, name, size, contentHash, spoolSequence } = reception;
    const path = joinPath(folder, name);
    const receivedAt = new Date(reception.receivedAt);
    this.#put({ account, path, size, contentHash, spoolSequence, receivedAt });
    this.#prune(account);
  }

  /** A file without bytes that is not in the spool, for its sender to see. */
  addMarker(account: string, path: string, receivedAt: Date): void {
    const contentHash = hashOfNothing;
    this.#put({ account, path, size: 0, contentHash, spoolSequence: 0, receivedAt });
    this.#prune(account);
  }

  find(account: string, path: string): ReceivedFile | undefined {
    const file = this.#accounts.get(account)?.byPath.get(path);
    return file === undefined || this.#isTooOld(file) ? undefined : file;
  }

  /** Files directly in the folder. */
  list(account: string, folder: string): readonly ReceivedFile[] {
    this.#prune(account);
    const files = this.#accounts.get(account)?.byPath.values() ?? [];
    return [...files].filter(({ path }) => parseTreePath(path).folder === folder);
  }

  /** Takes a file out of the view; false where it is not in it. */
  remove(account: string, path: string): boolean {
    const files = this.#accounts.get(account);
    if (files?.byPath.delete(path) !== true) return false;
    this.#size -= 1;
    if (files.byPath.size === 0) this.#accounts.delete(account);
    return true;
  }

  /** Calls a file, or everything below a folder, by another path. */
  move(account: string, from: string, to: string): void {
    for (const file of [...(this.#accounts.get(account)?.byPath.values() ?? [])]) {
      if (file.path !== from && !isBelow(file.path, from)) continue;
      this.remove(account, file.path);
      this.#put({ ...file, path: movedPath(file.path, from, to) });
    }
  }

  #present(account: string, { path }: ReceivedFile): OwnedFile | undefined {
    return this.#accounts.get(account)?.byPath.get(path);
  }

  #put(file: OwnedFile): void {
    const { account, path } = file;
    this.remove(account, path);
    let files = this.#accounts.get(account);
    if (files === undefined) {
      files = new AccountFiles();
      this.#accounts.set(account, files);
    }
    files.add(file);
    this.#byAge.add(file);
    this.#size += 1;
  }

  #prune(account: string): void {
    const { perAccount, inAll } = this.#limits;
    const files = this.#accounts.get(account);
    for (let file = files?.oldest; file !== undefined; file = files?.oldest) {
      if ((files?.byPath.size ?? 0) <= perAccount && !this.#isTooOld(file)) break;
      this.remove(account, file.path);
    }
    while (this.#size > inAll) {
      const oldest = this.#byAge.oldest;
      if (oldest === undefined) return;
      this.remove(oldest.account, oldest.path);
    }
  }

  #isTooOld({ receivedAt }: ReceivedFile): boolean {
    return receivedAt.getTime() < this.#clock().getTime() - this.#limits.maxAgeMs;
  }
}

interface OwnedFile extends ReceivedFile {
  readonly account: string;
}

class AccountFiles {
  /** In the order of reception. */
  readonly byPath = new Map<string, OwnedFile>();
  readonly #byAge = new AgeQueue<OwnedFile>((file) => this.byPath.get(file.path) === file);

  /** Nothing may be under its path. */
  add(file: OwnedFile): void {
    this.byPath.set(file.path, file);
    this.#byAge.add(file);
  }

  get oldest(): OwnedFile | undefined {
    return this.#byAge.oldest;
  }
}

/**
 * Finds the oldest of what was added and is still present. The first entry of a Map would do, but to find
 * it V8 walks over the gaps of all entries removed since the map was last made anew: thousands for each
 * file of a busy account. Holds at most twice what is present, and `spare` more.
 */
class AgeQueue<T> {
  static readonly #spare = 64;
  readonly #isPresent: (item: T) => boolean;
  #items: T[] = [];
  /** All before it are absent. */
  #first = 0;
  #most = AgeQueue.#spare;

  constructor(isPresent: (item: T) => boolean) {
    this.#isPresent = isPresent;
  }

  add(item: T): void {
    if (this.#items.length >= this.#most) {
      this.#items = this.#items.slice(this.#first).filter(this.#isPresent);
      this.#first = 0;
      this.#most = 2 * this.#items.length + AgeQueue.#spare;
    }
    this.#items.push(item);
  }

  get oldest(): T | undefined {
    for (; this.#first < this.#items.length; this.#first += 1) {
      const item = this.#items[this.#first];
      if (item !== undefined && this.#isPresent(item)) return item;
    }
    return undefined;
  }
}

/** The bytes of a received file; undefined where the spool no longer has them. */
export async function readReceived(
  spool: Spool,
  { size, spoolSequence }: Pick<ReceivedFile, 'size' | 'spoolSequence'>,
): Promise<Buffer | undefined> {
  // A marker was never in the spool.
  if (size === 0) return Buffer.alloc(0);
  const [file] = await spool.read(spoolSequence - 1, { maxRecords: 1, maxBytes: 1 });
  return file?.reception.spoolSequence === spoolSequence ? file.content : undefined;
}

/** From what the spool still holds, so that a restart does not empty the loggers' listings. */
export async function rememberReceived(spool: Spool, received: ReceivedIndex): Promise<void> {
  let position = Math.max(spool.oldest - 1, spool.head - defaultLimits.inAll);
  for (;;) {
    const files = await spool.read(position, { maxRecords: 1000, maxBytes: 4 * 1024 * 1024 });
    if (files.length === 0) return;
    for (const { reception } of files) {
      if (reception.interrupted !== true) received.add(reception);
      position = reception.spoolSequence;
    }
  }
}
