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
  /** account → path → file, each in the order of reception. */
  readonly #accounts = new Map<string, Map<string, ReceivedFile>>();
  /** All of them in the order of reception. */
  readonly #order = new Map<ReceivedFile, string>();

  constructor(clock: Clock, limits: ReceivedIndexLimits = defaultLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#order.size;
  }

  add(reception: Reception): void {
    const { account, folder, name, size, contentHash, spoolSequence } = reception;
    const path = joinPath(folder, name);
    const receivedAt = new Date(reception.receivedAt);
    this.#put(account, { path, size, contentHash, spoolSequence, receivedAt });
    this.#prune(account);
  }

  /** A file without bytes that is not in the spool, for its sender to see. */
  addMarker(account: string, path: string, receivedAt: Date): void {
    this.#put(account, { path, size: 0, contentHash: hashOfNothing, spoolSequence: 0, receivedAt });
    this.#prune(account);
  }

  find(account: string, path: string): ReceivedFile | undefined {
    const file = this.#accounts.get(account)?.get(path);
    return file === undefined || this.#isTooOld(file) ? undefined : file;
  }

  /** Files directly in the folder. */
  list(account: string, folder: string): readonly ReceivedFile[] {
    this.#prune(account);
    const files = this.#accounts.get(account)?.values() ?? [];
    return [...files].filter(({ path }) => parseTreePath(path).folder === folder);
  }

  /** Takes a file out of the view; false where it is not in it. */
  remove(account: string, path: string): boolean {
    const files = this.#accounts.get(account);
    const file = files?.get(path);
    if (files === undefined || file === undefined) return false;
    files.delete(path);
    this.#order.delete(file);
    if (files.size === 0) this.#accounts.delete(account);
    return true;
  }

  /** Calls a file, or everything below a folder, by another path. */
  move(account: string, from: string, to: string): void {
    for (const file of [...(this.#accounts.get(account)?.values() ?? [])]) {
      if (file.path !== from && !isBelow(file.path, from)) continue;
      this.remove(account, file.path);
      this.#put(account, { ...file, path: movedPath(file.path, from, to) });
    }
  }

  #put(account: string, file: ReceivedFile): void {
    this.remove(account, file.path);
    const files = this.#accounts.get(account) ?? new Map<string, ReceivedFile>();
    this.#accounts.set(account, files.set(file.path, file));
    this.#order.set(file, account);
  }

  #prune(account: string): void {
    const { perAccount, inAll } = this.#limits;
    const files = this.#accounts.get(account);
    for (const file of files?.values() ?? []) {
      if ((files?.size ?? 0) <= perAccount && !this.#isTooOld(file)) break;
      this.remove(account, file.path);
    }
    if (this.#order.size <= inAll) return;
    for (const [{ path }, owner] of this.#order) {
      if (this.#order.size <= inAll) break;
      this.remove(owner, path);
    }
  }

  #isTooOld({ receivedAt }: ReceivedFile): boolean {
    return receivedAt.getTime() < this.#clock().getTime() - this.#limits.maxAgeMs;
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
