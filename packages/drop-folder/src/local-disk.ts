import { rmdirSync } from 'node:fs';
import type {
  DropAfterTaking,
  DropFile,
  DropFinish,
  DropFolderDisk,
  DropHint,
  DropLook,
  DropRead,
} from '@envigate/domain';
import { finishFile } from './finish-file.ts';
import { FolderHints } from './folder-hints.ts';
import { OpenFolder } from './open-folder.ts';
import { readFile } from './read-files.ts';
import { now, portion, visit, walk, type Found } from './walk.ts';

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
