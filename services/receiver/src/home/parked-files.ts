import { lstat, mkdir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reception, Release } from '@envigate/contracts';
import { TreeError, looksCut } from '@envigate/domain';
import { guarded, readBeginning, syncFolder, writeDurably } from './durable-file.ts';
import {
  isBelow,
  joinPath,
  movedPath,
  parseTreePath,
  partialEnding,
  unfinishedEnding,
} from './tree-names.ts';

/** whole: a complete file under a temporary name, waits for its rename. partial: an interrupted upload, waits for the rest. */
export type ParkedState = 'whole' | 'partial';

export interface ParkedFile {
  readonly path: string;
  readonly state: ParkedState;
  readonly size: number;
  readonly modifiedAt: Date;
  /**
   * Only of a partial file: its last line does not look cut, so the bytes may be the complete file. True
   * after a restart, which does not read the bytes.
   */
  readonly mayBeComplete: boolean;
  /** Undefined for a file of an older version, which kept only the bytes. */
  readonly origin: FileOrigin | undefined;
}

export interface ParkedLimits {
  readonly files: number;
  readonly bytes: number;
  readonly folders: number;
}

export const defaultLimits: ParkedLimits = {
  files: 10_000,
  bytes: 64 * 1024 * 1024,
  folders: 10_000,
};

/**
 * The folders of one account and the files parked in them, which are no station files yet, on disk below
 * one folder. Complete files have their own name there, partial ones an ending that clients cannot
 * use: this distinguishes an interrupted upload from a complete file after any crash. The bytes follow a line that
 * says who sent them. Read into memory once; only this process changes it, one change at a time (the
 * caller sees to that).
 */
export class ParkedFiles {
  readonly #root: string;
  readonly #limits: ParkedLimits;
  readonly #folders = new Map<string, Date>();
  readonly #files: Record<ParkedState, Map<string, ParkedFile>> = {
    whole: new Map(),
    partial: new Map(),
  };
  /** Paths that the account does not see, until their file changes or the process restarts. */
  readonly #hidden = new Set<string>();
  #bytes = 0;

  private constructor(root: string, limits: ParkedLimits) {
    this.#root = root;
    this.#limits = limits;
  }

  /** Reads what is there, making the folder if need be. Symbolic links are not seen, and not followed. */
  static async open(root: string, limits: ParkedLimits = defaultLimits): Promise<ParkedFiles> {
    const parked = new ParkedFiles(root, limits);
    await guarded('the account has no folder', async () => {
      await mkdir(root, { recursive: true, mode: 0o750 });
      if (!(await lstat(root)).isDirectory()) throw new Error(`${root} is no folder`);
      await parked.#load('/');
    });
    return parked;
  }

  hasFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  folderTime(path: string): Date | undefined {
    return this.#folders.get(path);
  }

  /** An interrupted upload hides the whole file that was there before it. */
  find(path: string): ParkedFile | undefined {
    return this.#hidden.has(path) ? undefined : this.#at(path);
  }

  /** Hides the file from the account. */
  hide(path: string): void {
    if (this.#at(path) !== undefined) this.#hidden.add(path);
  }

  #at(path: string): ParkedFile | undefined {
    return this.#files.partial.get(path) ?? this.#files.whole.get(path);
  }

  /** Number and bytes of the partial files, without the one of the path. */
  partialsBeside(path: string): { readonly files: number; readonly bytes: number } {
    const others = [...this.#files.partial.values()].filter((file) => file.path !== path);
    return { files: others.length, bytes: others.reduce((sum, { size }) => sum + size, 0) };
  }

  /** The interrupted upload of the path. */
  partial(path: string): ParkedFile | undefined {
    return this.#files.partial.get(path);
  }

  /** Every file in every state. */
  all(): readonly ParkedFile[] {
    return [...this.#files.whole.values(), ...this.#files.partial.values()];
  }

  /** Folders and files directly in the folder. */
  list(folder: string): { folders: readonly string[]; files: readonly ParkedFile[] } {
    const isInside = (path: string): boolean =>
      path !== '/' && parseTreePath(path).folder === folder;
    const paths = new Set(
      [...this.#files.whole.keys(), ...this.#files.partial.keys()].filter(isInside),
    );
    return {
      folders: [...this.#folders.keys()].filter(isInside),
      files: [...paths].flatMap((path) => this.find(path) ?? []),
    };
  }

  /** Throws TreeError where there is no such folder. */
  needFolder(path: string): void {
    if (this.#folders.has(path)) return;
    if (this.find(path) !== undefined)
      throw new TreeError('not-a-folder', `${path} is not a folder`);
    throw new TreeError('not-found', `there is no folder ${path}`);
  }

  async makeFolder(path: string): Promise<void> {
    const { folder } = parseTreePath(path);
    this.needFolder(folder);
    if (this.#folders.has(path)) throw new TreeError('exists', `${path} exists already`);
    if (this.#at(path) !== undefined) throw new TreeError('exists', `${path} is a file`);
    if (this.#folders.size >= this.#limits.folders)
      throw new TreeError('not-permitted', 'too many folders');
    await guarded(`${path} cannot be made`, async () => {
      await mkdir(this.#onDisk(path), { mode: 0o750 });
      await this.#syncFolder(folder);
    });
    this.#folders.set(path, new Date());
  }

  async removeFolder(path: string): Promise<void> {
    await guarded(`${path} cannot be removed`, () => rmdir(this.#onDisk(path)));
    this.#folders.delete(path);
  }

  async moveFolder(from: string, to: string): Promise<void> {
    await guarded(`${from} cannot be renamed`, async () => {
      await rename(this.#onDisk(from), this.#onDisk(to));
      await this.#syncFolder(parseTreePath(from).folder);
      await this.#syncFolder(parseTreePath(to).folder);
    });
    const isMoved = (path: string): boolean => path === from || isBelow(path, from);
    for (const [path, time] of [...this.#folders].filter(([path]) => isMoved(path))) {
      this.#folders.delete(path);
      this.#folders.set(movedPath(path, from, to), time);
    }
    for (const files of [this.#files.whole, this.#files.partial]) {
      for (const [path, file] of [...files].filter(([path]) => isMoved(path))) {
        files.delete(path);
        const moved = movedPath(path, from, to);
        files.set(moved, { ...file, path: moved });
      }
    }
  }

  async read({ path, state }: ParkedFile): Promise<Buffer> {
    const bytes = await guarded(`${path} cannot be read`, () =>
      readBeginning(this.#onDisk(path, state)),
    );
    return bytes.subarray(decodeHeader(bytes)?.length ?? 0);
  }

  /** Resolves when the bytes are durable under this path and state. A whole file ends the partial one. */
  async keep(
    path: string,
    state: ParkedState,
    content: Uint8Array,
    origin: FileOrigin,
  ): Promise<void> {
    this.needFolder(parseTreePath(path).folder);
    if (this.#folders.has(path)) throw new TreeError('not-a-file', `${path} is a folder`);
    this.#needRoom(path, state, content.length);
    const unfinished = `${this.#onDisk(path)}${unfinishedEnding}`;
    await guarded(`${path} cannot be kept`, () =>
      writeDurably(this.#onDisk(path, state), unfinished, [encodeHeader(origin), content]),
    );
    const mayBeComplete = state === 'partial' && looksCut(content) === undefined;
    this.#set({
      path,
      state,
      size: content.length,
      modifiedAt: origin.since,
      mayBeComplete,
      origin,
    });
    if (state === 'whole') await this.#removeOne(path, 'partial');
  }

  /** Under another name, in the same state. Takes the place of what is there. */
  async move(file: ParkedFile, to: string): Promise<void> {
    const folder = parseTreePath(to).folder;
    this.needFolder(folder);
    await guarded(`${file.path} cannot be renamed`, async () => {
      await rename(this.#onDisk(file.path, file.state), this.#onDisk(to, file.state));
      await this.#syncFolder(folder);
      await this.#syncFolder(parseTreePath(file.path).folder);
    });
    this.#forget(file.path, file.state);
    this.#set({ ...file, path: to });
    if (file.state === 'whole') await this.#removeOne(to, 'partial');
  }

  /** Removes the file in every state; nothing where there is none. */
  async remove(path: string): Promise<void> {
    await this.#removeOne(path, 'partial');
    await this.#removeOne(path, 'whole');
  }

  /** Removes the file in its state only. */
  async removeState({ path, state }: ParkedFile): Promise<void> {
    await this.#removeOne(path, state);
  }

  async #removeOne(path: string, state: ParkedState): Promise<void> {
    if (!this.#files[state].has(path)) return;
    await guarded(`${path} cannot be removed`, () => unlink(this.#onDisk(path, state)));
    this.#forget(path, state);
  }

  #set(file: ParkedFile): void {
    this.#forget(file.path, file.state);
    this.#files[file.state].set(file.path, file);
    this.#bytes += file.size;
  }

  #forget(path: string, state: ParkedState): void {
    this.#hidden.delete(path);
    this.#bytes -= this.#files[state].get(path)?.size ?? 0;
    this.#files[state].delete(path);
  }

  #needRoom(path: string, state: ParkedState, bytes: number): void {
    const replaced = this.#files[state].get(path);
    const files =
      this.#files.whole.size + this.#files.partial.size + (replaced === undefined ? 1 : 0);
    const total = this.#bytes + bytes - (replaced?.size ?? 0);
    if (files > this.#limits.files || total > this.#limits.bytes) {
      throw new TreeError(
        'quota-used-up',
        'too many files wait for their final names; rename or delete some',
      );
    }
  }

  #onDisk(path: string, state: ParkedState = 'whole'): string {
    return join(this.#root, state === 'partial' ? `${path}${partialEnding}` : path);
  }

  #syncFolder(path: string): Promise<void> {
    return syncFolder(this.#onDisk(path));
  }

  async #load(folder: string): Promise<void> {
    this.#folders.set(folder, (await lstat(this.#onDisk(folder))).mtime);
    for (const entry of await readdir(this.#onDisk(folder), { withFileTypes: true })) {
      const path = joinPath(folder, entry.name);
      if (entry.isDirectory()) await this.#load(path);
      else if (entry.isFile()) await this.#loadFile(path);
    }
  }

  async #loadFile(path: string): Promise<void> {
    if (path.endsWith(unfinishedEnding)) {
      await unlink(this.#onDisk(path));
      return;
    }
    const state = path.endsWith(partialEnding) ? 'partial' : 'whole';
    const { size, mtime } = await lstat(this.#onDisk(path));
    const header = decodeHeader(await readBeginning(this.#onDisk(path), maxHeaderBytes));
    this.#set({
      path: state === 'partial' ? path.slice(0, -partialEnding.length) : path,
      state,
      size: size - (header?.length ?? 0),
      modifiedAt: header?.origin.since ?? mtime,
      mayBeComplete: state === 'partial',
      origin: header?.origin,
    });
  }
}

/** Who sent a file that waits (parked, partial or held), why it waits and since when: what its reception needs later. */
export interface FileOrigin {
  readonly reason: Release['heldFor'];
  readonly since: Date;
  readonly protocol: Reception['protocol'];
  /** Address of the sender, without port. */
  readonly peer: string;
  /** What broke, or what looks cut, for people. */
  readonly detail: string;
}

/** Whose file it is and what it is called; only where the place on disk does not say it. */
export interface FilePlace {
  readonly account: string;
  /** Absolute in the account's tree. */
  readonly path: string;
}

/** A longer beginning of a file holds no header. */
export const maxHeaderBytes = 16 * 1024;

const headerMark = 'envigate-held 1 ';

/** The first line of a waiting file on disk; the bytes as they came follow it. */
export function encodeHeader(origin: FileOrigin & Partial<FilePlace>): Buffer {
  return Buffer.from(`${headerMark}${JSON.stringify(origin)}\n`);
}

/** Undefined where the bytes begin with no header. `length` is that of the header with its line end. */
export function decodeHeader(beginning: Buffer):
  | {
      readonly origin: FileOrigin & Partial<FilePlace>;
      readonly length: number;
    }
  | undefined {
  if (!beginning.subarray(0, headerMark.length).equals(Buffer.from(headerMark))) return undefined;
  const end = beginning.indexOf('\n');
  if (end === -1) return undefined;
  try {
    const origin = JSON.parse(beginning.toString('utf8', headerMark.length, end)) as FileOrigin &
      Partial<FilePlace>;
    return { origin: { ...origin, since: new Date(origin.since) }, length: end + 1 };
  } catch {
    return undefined;
  }
}
