import { lstat, mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TreeError } from '@envigate/domain';
import { messageOf, monotonicUlids } from '@envigate/runtime';
import { guarded, readBeginning, syncFolder, writeDurably } from '../home/durable-file.ts';
import {
  decodeHeader,
  encodeHeader,
  maxHeaderBytes,
  type FileOrigin,
  type FilePlace,
} from '../home/parked-files.ts';
import { isBelow, movedPath, parseTreePath, unfinishedEnding } from '../home/tree-names.ts';

/** A file that came whole over the wire, was acknowledged, and does not look whole. */
export interface DoubtfulFile extends FileOrigin, FilePlace {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
}

type Header = Omit<DoubtfulFile, 'id' | 'size'>;

export interface HeldStoreLimits {
  /** Per account. */
  readonly files: number;
  readonly bytes: number;
}

export const defaultLimits: HeldStoreLimits = { files: 10_000, bytes: 64 * 1024 * 1024 };

/**
 * The doubtful files of all accounts, in one folder of their own: acknowledged bytes, out of reach
 * of whatever a client does to its tree. Each file begins with a line that says whose it is, why it
 * is held and since when. Read into memory once; only this process changes it, one change at a time
 * (the caller sees to that).
 */
export class HeldStore {
  readonly #dir: string;
  readonly #limits: HeldStoreLimits;
  readonly #ulid = monotonicUlids();
  readonly #files = new Map<string, DoubtfulFile>();
  /** account and path → ids, in the order in which they came. */
  readonly #byPlace = new Map<string, Set<string>>();
  /** Deleted by their senders: out of their sight, but still held. */
  readonly #hidden = new Set<string>();

  private constructor(dir: string, limits: HeldStoreLimits) {
    this.#dir = dir;
    this.#limits = limits;
  }

  /** Reads what is there, making the folder if need be. A file that cannot be read is left and reported. */
  static async open(
    dir: string,
    onUnreadable: (file: string, error: string) => void = () => undefined,
    limits: HeldStoreLimits = defaultLimits,
  ): Promise<HeldStore> {
    const store = new HeldStore(dir, limits);
    await mkdir(dir, { recursive: true, mode: 0o750 });
    for (const name of (await readdir(dir)).sort()) {
      try {
        await store.#load(name);
      } catch (error) {
        onUnreadable(join(dir, name), messageOf(error));
      }
    }
    return store;
  }

  /** The oldest first. */
  all(): readonly DoubtfulFile[] {
    return [...this.#files.values()].sort((a, b) => a.since.getTime() - b.since.getTime());
  }

  get(id: string): DoubtfulFile | undefined {
    return this.#files.get(id);
  }

  /** Everything held under the path, the newest last. */
  at(account: string, path: string): readonly DoubtfulFile[] {
    // As nearly always.
    if (this.#byPlace.size === 0) return [];
    const ids = this.#byPlace.get(placeOf(account, path)) ?? [];
    return [...ids].flatMap((id) => this.#files.get(id) ?? []);
  }

  /** What the account sees under the path: the newest. */
  find(account: string, path: string): DoubtfulFile | undefined {
    return this.at(account, path).findLast(({ id }) => !this.#hidden.has(id));
  }

  /** What the account sees directly in the folder. */
  list(account: string, folder: string): readonly DoubtfulFile[] {
    return [...this.#files.values()].filter(
      (file) =>
        file.account === account &&
        parseTreePath(file.path).folder === folder &&
        !this.#hidden.has(file.id),
    );
  }

  /** Takes what is under the path out of the account's sight; false where it saw nothing. */
  hide(account: string, path: string): boolean {
    const isSeen = this.find(account, path) !== undefined;
    for (const { id } of this.at(account, path)) this.#hidden.add(id);
    return isSeen;
  }

  async read({ id, path }: DoubtfulFile): Promise<Buffer> {
    const content = await guarded(`${path} cannot be read`, () => readBeginning(this.#onDisk(id)));
    return content.subarray(decodeHeader(content)?.length ?? 0);
  }

  /** Resolves when the bytes survive the loss of power. */
  async add(header: Header, content: Uint8Array): Promise<DoubtfulFile> {
    this.#needRoom(header.account, content.length);
    const file = { ...header, id: this.#ulid(), size: content.length };
    await this.#write(file, content);
    this.#set(file);
    return file;
  }

  /** Calls a file, or all files below a folder, by another path. */
  async move(account: string, from: string, to: string): Promise<void> {
    for (const file of this.#files.values()) {
      if (file.account !== account) continue;
      if (file.path !== from && !isBelow(file.path, from)) continue;
      const moved = { ...file, path: movedPath(file.path, from, to) };
      await this.#write(moved, await this.read(file));
      this.#byPlace.get(placeOf(account, file.path))?.delete(file.id);
      this.#set(moved);
    }
  }

  /** Why a file is held has changed; nothing happens where it is held no more. */
  async change(
    id: string,
    why: Partial<Pick<DoubtfulFile, 'reason' | 'detail' | 'since'>>,
  ): Promise<void> {
    const file = this.#files.get(id);
    if (file === undefined) return;
    const changed = { ...file, ...why };
    await this.#write(changed, await this.read(file));
    this.#files.set(id, changed);
  }

  async remove({ id, account, path }: DoubtfulFile): Promise<void> {
    await guarded(`${path} cannot be removed`, async () => {
      await unlink(this.#onDisk(id));
      await syncFolder(this.#dir);
    });
    this.#files.delete(id);
    this.#hidden.delete(id);
    const place = placeOf(account, path);
    const ids = this.#byPlace.get(place);
    ids?.delete(id);
    if (ids?.size === 0) this.#byPlace.delete(place);
  }

  async #write({ id, size: _, ...header }: DoubtfulFile, content: Uint8Array): Promise<void> {
    const path = this.#onDisk(id);
    await guarded(`${header.path} cannot be held`, () =>
      writeDurably(path, `${path}${unfinishedEnding}`, [encodeHeader(header), content]),
    );
  }

  async #load(name: string): Promise<void> {
    const path = join(this.#dir, name);
    if (name.endsWith(unfinishedEnding)) return unlink(path);
    const found = decodeHeader(await readBeginning(path, maxHeaderBytes));
    const { account, path: place } = found?.origin ?? {};
    if (found === undefined || account === undefined || place === undefined)
      throw new Error('it does not begin as a held file does');
    const { size } = await lstat(path);
    this.#set({ ...found.origin, account, path: place, id: name, size: size - found.length });
  }

  #set(file: DoubtfulFile): void {
    this.#files.set(file.id, file);
    const place = placeOf(file.account, file.path);
    const ids = this.#byPlace.get(place) ?? new Set<string>();
    this.#byPlace.set(place, ids.add(file.id));
  }

  #needRoom(account: string, bytes: number): void {
    const files = [...this.#files.values()].filter((file) => file.account === account);
    const total = files.reduce((sum, { size }) => sum + size, bytes);
    if (files.length >= this.#limits.files || total > this.#limits.bytes)
      throw new TreeError('no-room', 'too many files that do not look whole wait for a resend');
  }

  #onDisk(id: string): string {
    return join(this.#dir, id);
  }
}

/** NUL is in neither. */
function placeOf(account: string, path: string): string {
  return `${account}\0${path}`;
}
