import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import type {
  DropAfterTaking,
  DropFile,
  DropFinish,
  DropFolderDisk,
  DropHint,
  DropLook,
  DropRead,
} from '@envigate/domain';
import { FolderHints } from './folder-hints.ts';
import {
  OpenFolder,
  asideName,
  isSameFile,
  now,
  pathOf,
  portion,
  putBack,
  visit,
  walk,
  type Found,
} from './walk.ts';

const defaultMaxLookEntries = 5000;

/**
 * The drop folder in the thread that asks. Every call blocks it: node's own way of not blocking
 * is a pool of four threads for the whole process, and a file server that no longer answers would
 * hold them all, the spool's too. ThreadedDisk gives each folder a thread.
 */
export class LocalDisk implements DropFolderDisk {
  readonly #root: string;
  readonly #onHint: (hint: DropHint) => void;
  readonly #hints: FolderHints;
  readonly #maxLookEntries: number;

  /** `maxLookEntries`: what one look at paths may find at most before it asks for a scan. */
  constructor(
    root: string,
    onHint: (hint: DropHint) => void,
    maxLookEntries = defaultMaxLookEntries,
  ) {
    this.#maxLookEntries = maxLookEntries;
    this.#root = root;
    this.#onHint = onHint;
    this.#hints = new FolderHints(root, onHint);
  }

  async *scan(): AsyncGenerator<DropLook, void> {
    const root = OpenFolder.root(this.#root);
    try {
      const found = walk(root, '', root.entries());
      try {
        for (let look = portion(found); look !== undefined; look = portion(found)) yield look;
      } finally {
        found.return();
      }
    } finally {
      root.close();
    }
  }

  async look(paths: readonly string[]): Promise<DropLook> {
    const found = this.#findAll(paths);
    const look = { ...emptyLook(now()) };
    try {
      for (let entries = 0; entries < this.#maxLookEntries;) {
        const next = portion(found, this.#maxLookEntries);
        if (next === undefined) return look;
        look.to = next.to;
        look.files = [...look.files, ...next.files];
        look.obstacles = [...look.obstacles, ...next.obstacles];
        entries += next.files.length + next.obstacles.length + next.folders;
      }
      // Too many for one answer, as where a whole tree was moved in.
      this.#onHint('scan');
      return look;
    } finally {
      found.return();
    }
  }

  async read(files: readonly DropFile[]): Promise<readonly DropRead[]> {
    const bytes = new Uint8Array(files.reduce((sum, { size }) => sum + size, 0));
    let end = 0;
    const places = files.map(({ size }) => bytes.subarray(end, (end += size)));
    return this.#inTheirFolders<DropRead>(files, { kind: 'gone' }, (folder, name, file, index) =>
      readFile(folder, name, file, places[index] ?? new Uint8Array()),
    );
  }

  async finish(
    files: readonly DropFile[],
    afterTaking: DropAfterTaking,
  ): Promise<readonly DropFinish[]> {
    return this.#inTheirFolders<DropFinish>(files, { kind: 'done' }, (folder, name, file) =>
      finishFile(folder, name, file, afterTaking),
    );
  }

  async removeFolders(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const { folder, name } = split(path);
      const open = this.#openBelow(folder);
      if (open === undefined) continue;
      try {
        rmdirSync(open.at(name));
      } catch {
        // Not empty any more, or not ours to remove: it stays.
      } finally {
        open.close();
      }
    }
  }

  watch(): Promise<boolean> {
    return this.#hints.watch();
  }

  unwatch(): Promise<void> {
    return this.#hints.unwatch();
  }

  *#findAll(paths: readonly string[]): Generator<Found, void> {
    for (const path of paths) {
      const { folder, name } = split(path);
      const open = this.#openBelow(folder);
      if (open === undefined) continue;
      try {
        yield* visit(open, folder === '/' ? '' : folder, name, folder.split('/').length);
      } finally {
        open.close();
      }
    }
  }

  /** Does something with each file, with every folder opened once. */
  #inTheirFolders<T>(
    files: readonly DropFile[],
    missing: T,
    work: (folder: OpenFolder, name: string, file: DropFile, index: number) => T,
  ): T[] {
    OpenFolder.root(this.#root).close();
    const outcomes = files.map(() => missing);
    for (const [folder, members] of byFolder(files)) {
      const open = this.#openBelow(folder);
      if (open === undefined) continue;
      try {
        for (const { index, name, file } of members)
          outcomes[index] = work(open, name, file, index);
      } finally {
        open.close();
      }
    }
    return outcomes;
  }

  #openBelow(folder: string): OpenFolder | undefined {
    try {
      return OpenFolder.below(this.#root, folder);
    } catch {
      return undefined;
    }
  }
}

function emptyLook(at: number): { -readonly [K in keyof DropLook]: DropLook[K] } {
  return { from: at, to: at, files: [], folders: 0, emptyFolders: [], obstacles: [] };
}

interface Member {
  readonly index: number;
  readonly name: string;
  readonly file: DropFile;
}

function byFolder(files: readonly DropFile[]): ReadonlyMap<string, readonly Member[]> {
  const groups = new Map<string, Member[]>();
  for (const [index, file] of files.entries()) {
    const { folder, name } = split(file.path);
    const members = groups.get(folder) ?? [];
    members.push({ index, name, file });
    groups.set(folder, members);
  }
  return groups;
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash) || '/', name: path.slice(slash + 1) };
}

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Reads a file into bytes of its size. O_NONBLOCK: a pipe that took the file's place must not hold us. */
function readFile(folder: OpenFolder, name: string, file: DropFile, into: Uint8Array): DropRead {
  let handle: number;
  try {
    handle = openSync(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    return refusal(error);
  }
  try {
    const before = fstatSync(handle);
    if (!before.isFile() || !isSameFile(file, before)) return { kind: 'changed' };
    const isWhole = readAll(handle, into);
    const after = fstatSync(handle);
    // ctime shows what a restored mtime hides.
    const isStill = isSameFile(file, after) && after.ctimeMs === before.ctimeMs;
    return isWhole && isStill ? { kind: 'read', content: into } : { kind: 'changed' };
  } catch (error) {
    return refusal(error);
  } finally {
    closeSync(handle);
  }
}

function readAll(handle: number, into: Uint8Array): boolean {
  for (let done = 0; done < into.length;) {
    const count = readSync(handle, into, done, into.length - done, done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

function refusal(error: unknown): DropRead {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone' };
  // A link by now.
  if (code === 'ELOOP') return { kind: 'changed' };
  return { kind: 'unreadable', reason: message };
}

const maxNamesakes = 10_000;

/** Removes or moves a file that is safe, if it is still the one that was taken. */
function finishFile(
  folder: OpenFolder,
  name: string,
  file: DropFile,
  afterTaking: DropAfterTaking,
): DropFinish {
  const aside = asideName(name, file);
  if (aside === undefined) return finishInPlace(folder, name, file, afterTaking);
  try {
    renameSync(folder.at(name), folder.at(aside));
  } catch (error) {
    return isMissing(error) ? { kind: 'done' } : failureOf(error);
  }
  const outcome = finishInPlace(folder, aside, file, afterTaking);
  if (outcome.kind !== 'done') putBack(folder, aside, name);
  return outcome;
}

function finishInPlace(
  folder: OpenFolder,
  name: string,
  file: DropFile,
  afterTaking: DropAfterTaking,
): DropFinish {
  try {
    const stats = lstatSync(folder.at(name), { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'done' };
    if (!stats.isFile() || !isSameFile(file, stats)) return { kind: 'changed' };
    if (afterTaking.kind === 'delete') unlinkSync(folder.at(name));
    else renameSync(folder.at(name), freeTarget(afterTaking.to, file.path));
    return { kind: 'done' };
  } catch (error) {
    return failureOf(error);
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function failureOf(error: unknown): DropFinish {
  return { kind: 'failed', reason: (error as Error).message };
}

/** The same path below `to`, its folders made; `name.1` and so on where there is one already. */
function freeTarget(to: string, path: string): string | Buffer {
  const target = `${Buffer.from(to).toString('latin1')}${path}`;
  mkdirSync(pathOf(target.slice(0, target.lastIndexOf('/'))), { recursive: true, mode: 0o750 });
  for (let number = 0; number < maxNamesakes; number++) {
    const candidate = pathOf(number === 0 ? target : `${target}.${number}`);
    if (lstatSync(candidate, { throwIfNoEntry: false }) === undefined) return candidate;
  }
  throw new Error(`${to} has ${maxNamesakes} files of this name already`);
}
