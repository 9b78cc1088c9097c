import type { RemoteFolder } from '@envigate/domain';

/** No logger nests so deep or makes so many; a link that leads back to itself does. */
const maxDepth = 16;
const maxFolders = 10_000;

interface QueuedFolder extends RemoteFolder {
  readonly depth: number;
}

/** The folders of one look, each once; those that broke a connection before come last. */
export class FolderQueue {
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
