import type { RemoteSite } from '@envigate/contracts';
import {
  RemoteSiteError,
  TreeError,
  foldersToLook,
  isIncluded,
  isMoveTarget,
  isSafeName,
  isSameState,
  judgeRemoteFile,
  remotePath,
  sureListedTime,
  type RemoteEntry,
  type RemoteFolder,
  type RemoteSession,
  type TakenFile,
} from '@envigate/domain';
import type { Clock } from '@envigate/runtime';
import type { FileNames } from '../home/tree-names.ts';
import type { SiteMemory, TakenLedger } from './site-memory.ts';
import { finishFile, takeFile, type ReceiveFile } from './take-file.ts';
import type { PullEmit, PullErrorKind } from './telemetry.ts';

export interface LookParts {
  readonly site: RemoteSite;
  readonly session: RemoteSession;
  readonly ledger: TakenLedger;
  readonly memory: SiteMemory;
  readonly receive: ReceiveFile;
  /** Rejects with TreeError where so many bytes would be refused. */
  readonly needRoom: (bytes: number) => Promise<void>;
  readonly maxFileBytes: number;
  readonly names: FileNames;
  readonly clock: Clock;
  /** Milliseconds on a clock that nobody sets. */
  readonly steadyMs: () => number;
  readonly emit: PullEmit;
}

interface ListedFile {
  readonly folder: string;
  readonly path: string;
  readonly entry: RemoteEntry;
  /** Steady time before the listing was asked for, and after it came. */
  readonly askedMs: number;
  readonly listedMs: number;
}

const defaultStableSeconds = 10;

export function stableMsOf({ stableSeconds = defaultStableSeconds }: RemoteSite): number {
  return stableSeconds * 1000;
}

/**
 * One look at a site over one connection: folder after folder is listed, and what has settled in
 * it is taken. A file or folder that cannot be had is passed over; what breaks the connection or
 * fills the spool ends the look, and what was taken until then counts.
 */
export class SiteLook {
  readonly #parts: LookParts;
  readonly #listed = new Set<string>();
  #isComplete = true;
  #isMoveFolderMade = false;
  /** Files taken. */
  taken = 0;
  /** Files that may still be being written. */
  settling = 0;
  /** Files that could not be taken. */
  refused = 0;

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  /** Rejects with RemoteSiteError, TreeError or what the disk of the ledger says. */
  async run(): Promise<void> {
    const { site, memory, ledger, clock, steadyMs } = this.#parts;
    const folders = foldersToLook(site.folders, clock().getTime());
    const queue = new FolderQueue(folders, (path) => memory.isTrouble(path));
    for (let folder = queue.next(); folder !== undefined; folder = queue.next()) {
      this.#listed.add(folder.path);
      for (const path of await this.#lookInto(folder)) {
        if (!queue.addBelow(folder, path))
          this.#skipFolder(path, 'refused', 'too deep or too many');
      }
    }
    // What was not listed in a part of the site may well be there.
    if (!this.#isComplete) return;
    await ledger.forget(memory.settle(this.#listed, ledger.paths(), steadyMs()));
  }

  /** Gives the folders below. */
  async #lookInto(folder: RemoteFolder): Promise<readonly string[]> {
    const { site, steadyMs } = this.#parts;
    const askedMs = steadyMs();
    const entries = await this.#list(folder);
    const listedMs = steadyMs();
    const safe = entries.filter(({ name }) => this.#isSafe(folder.path, name));
    const files = safe
      .filter(({ kind, name }) => kind === 'file' && this.#isWanted(name))
      .map((entry) => ({ entry, folder: folder.path, path: remotePath(folder.path, entry.name) }));
    for (const file of this.#inOrder(files)) {
      this.#listed.add(file.path);
      await this.#guarded(file.path, this.#lookAt({ ...file, askedMs, listedMs }));
    }
    if (site.recursive === false) return [];
    return safe
      .filter(({ kind, name }) => kind === 'folder' && !name.startsWith('.'))
      .map(({ name }) => remotePath(folder.path, name))
      .filter((path) => !isMoveTarget(path, site.moveTo));
  }

  async #list({ path, isDated }: RemoteFolder): Promise<readonly RemoteEntry[]> {
    try {
      const entries = await this.#guarded(path, this.#parts.session.list(path));
      this.#parts.memory.endTrouble(path);
      return entries;
    } catch (error) {
      if (!(error instanceof RemoteSiteError) || !error.isOfOneFile) throw error;
      if (error.code !== 'not-found' || !isDated) this.#skipFolder(path, error.code, error.message);
      return [];
    }
  }

  #isSafe(folder: string, name: string): boolean {
    if (isSafeName(folder, name)) return true;
    if (name !== '.' && name !== '..') this.#skip(folder, name, 'bad-name', 'cannot be asked for');
    return false;
  }

  #isWanted(name: string): boolean {
    const { site, names } = this.#parts;
    return !names.isTemporary(site.account, name) && isIncluded(name, site.include);
  }

  /** The newest first: a backlog does not delay what is live. What broke a connection comes last. */
  #inOrder<T extends Pick<ListedFile, 'path' | 'entry'>>(files: readonly T[]): readonly T[] {
    const { memory } = this.#parts;
    const newestFirst = files.toSorted((a, b) => (a.entry.listed < b.entry.listed ? 1 : -1));
    return [
      ...newestFirst.filter(({ path }) => !memory.isTrouble(path)),
      ...newestFirst.filter(({ path }) => memory.isTrouble(path)),
    ];
  }

  async #lookAt(file: ListedFile): Promise<void> {
    const taken = this.#parts.ledger.find(file.path);
    const verdict = this.#judge(file, taken);
    switch (verdict) {
      case 'taken':
        if (taken !== undefined) await this.#finish(taken);
        return;
      case 'ask':
        if (taken !== undefined) await this.#ask(file, taken);
        return;
      case 'settling':
        this.#wait(file);
        return;
      case 'settled':
        await this.#take(file);
    }
  }

  #judge({ path, entry, askedMs }: ListedFile, taken: TakenFile | undefined) {
    const { site, memory } = this.#parts;
    const sighting = memory.sighting(path);
    const stableMs = stableMsOf(site);
    return judgeRemoteFile(entry, { taken, sighting, nowMs: askedMs, stableMs });
  }

  async #ask(file: ListedFile, taken: TakenFile): Promise<void> {
    const { session, ledger, clock } = this.#parts;
    const state = await this.#ofOneFile(file, session.stat(file.path));
    if (state === undefined) return;
    if (!isSameState(state, taken)) {
      if (this.#judge(file, undefined) === 'settled') await this.#take(file);
      else this.#wait(file);
      return;
    }
    const listed = sureListedTime(file.entry, taken, clock().getTime());
    if (listed !== undefined) await ledger.add({ ...taken, listed });
    await this.#finish(taken);
  }

  #wait({ path, entry, listedMs }: ListedFile): void {
    this.#parts.memory.see(path, entry, listedMs);
    this.settling += 1;
  }

  async #take(file: ListedFile): Promise<void> {
    const { site, memory, ledger, clock, emit } = this.#parts;
    const { folder, path, entry } = file;
    const outcome = await this.#ofOneFile(file, takeFile(this.#parts, folder, entry));
    switch (outcome?.kind) {
      case undefined:
        return;
      case 'changed':
        memory.unsee(path);
        this.settling += 1;
        return;
      case 'taken': {
        const takenAtMs = clock().getTime();
        const { size, modified } = outcome.state;
        const taken = { folder, name: entry.name, size, modified, takenAtMs };
        const listed = sureListedTime(entry, taken, takenAtMs);
        await ledger.add({ ...taken, listed });
        memory.unsee(path);
        memory.endTrouble(path);
        this.taken += 1;
        emit('remote-file-taken', { site: site.code, folder, name: entry.name, bytes: size });
        // A doubtful file stays there for a round more: its end may be on its way.
        if (!outcome.isHeld) await this.#finish(taken);
      }
    }
  }

  async #finish(taken: TakenFile): Promise<void> {
    const { site, session, memory, emit } = this.#parts;
    const { folder, name } = taken;
    try {
      await finishFile({ site, session, taken, isMoveFolderMade: this.#isMoveFolderMade });
      this.#isMoveFolderMade = true;
    } catch (error) {
      if (!(error instanceof RemoteSiteError) || !error.isOfOneFile) throw error;
      const { code: kind, message: reason } = error;
      if (!memory.isNewComplaint(remotePath(folder, name), `after ${kind}`)) return;
      emit('after-action-failed', { site: site.code, folder, name, kind, reason });
    }
  }

  /** Undefined where only this file cannot be had: the look goes on. */
  async #ofOneFile<T>({ folder, entry }: ListedFile, work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      const isOfThis =
        (error instanceof RemoteSiteError && error.isOfOneFile) ||
        (error instanceof TreeError && !error.retryable);
      if (!isOfThis) throw error;
      this.refused += 1;
      this.#skip(folder, entry.name, error.code, error.message);
      return undefined;
    }
  }

  /** Remembers what a connection broke at, so that it no longer comes before the others. */
  async #guarded<T>(path: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const isOfConnection = error instanceof RemoteSiteError && !error.isOfOneFile;
      if (isOfConnection) this.#parts.memory.addTrouble(path);
      throw error;
    }
  }

  #skip(folder: string, name: string, kind: PullErrorKind, reason: string): void {
    const { site, memory, emit } = this.#parts;
    const path = remotePath(folder, name);
    this.#listed.add(path);
    if (!memory.isNewComplaint(path, kind)) return;
    emit('remote-file-skipped', { site: site.code, folder, name, kind, reason });
  }

  #skipFolder(folder: string, kind: PullErrorKind, reason: string): void {
    const { site, memory, emit } = this.#parts;
    this.#isComplete = false;
    if (!memory.isNewComplaint(folder, kind)) return;
    emit('folder-skipped', { site: site.code, folder, kind, reason });
  }
}

/** No logger nests so deep or makes so many; a link that leads back to itself does. */
const maxDepth = 16;
const maxFolders = 10_000;

interface QueuedFolder extends RemoteFolder {
  readonly depth: number;
}

/** The folders of one look, each once; those that broke a connection before come last. */
class FolderQueue {
  readonly #isTrouble: (path: string) => boolean;
  readonly #known = new Set<string>();
  readonly #first: QueuedFolder[] = [];
  readonly #last: QueuedFolder[] = [];

  constructor(folders: readonly RemoteFolder[], isTrouble: (path: string) => boolean) {
    this.#isTrouble = isTrouble;
    for (const folder of folders) this.#add({ ...folder, depth: 0 });
  }

  next(): QueuedFolder | undefined {
    return this.#first.shift() ?? this.#last.shift();
  }

  /** False where the folder lies too deep or is one too many. */
  addBelow(above: QueuedFolder, path: string): boolean {
    // Gone by the time we look: no fault, like a day's folder that is not there yet.
    return this.#add({ path, isDated: true, depth: above.depth + 1 });
  }

  #add(folder: QueuedFolder): boolean {
    if (this.#known.has(folder.path)) return true;
    if (folder.depth > maxDepth || this.#known.size >= maxFolders) return false;
    this.#known.add(folder.path);
    (this.#isTrouble(folder.path) ? this.#last : this.#first).push(folder);
    return true;
  }
}
