import { statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { DropHint } from '@envigate/domain';
import { watch, type FSWatcher } from 'chokidar';

const gatherMs = 100;
/** In one gathering. More is a flood: at every event chokidar looks at all that lies in the folder. */
const maxPaths = 100;
const readyMs = 10_000;

/**
 * Reports soon that something happened below a folder, as far as the system lets it. chokidar looks
 * after the folders only, files are left to the events of their folder: it would take a watch and
 * some kilobytes for every file. What it overlooks (files in folders that are a moment old), a
 * flood of events and a lack of watches cost time, never a file: the scan sees everything.
 */
export class FolderHints {
  readonly #root: string;
  readonly #onHint: (hint: DropHint) => void;
  #watcher: FSWatcher | undefined;
  /** Of the folder that is watched: another one may be mounted in its place. */
  #watched = '';
  readonly #gathered = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(root: string, onHint: (hint: DropHint) => void) {
    this.#root = root;
    this.#onHint = onHint;
  }

  /** Resolves to false where it was watched already; rejects where that cannot be. */
  async watch(): Promise<boolean> {
    const { dev, ino } = statSync(this.#root);
    const folder = `${dev}:${ino}`;
    if (this.#watcher !== undefined && folder === this.#watched) return false;
    await this.unwatch();
    this.#watched = folder;
    const watcher = watch(this.#root, {
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      ignored: (path, stats) => stats?.isDirectory() === false || this.#isHidden(path),
    });
    this.#watcher = watcher;
    watcher.on('raw', (_event, name, details) => this.#gather(pathOfEvent(name, details)));
    watcher.on('addDir', (path) => this.#gather(path));
    await this.#ready(watcher);
    return true;
  }

  async unwatch(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#gathered.clear();
    const watcher = this.#watcher;
    this.#watcher = undefined;
    await watcher?.close();
  }

  async #ready(watcher: FSWatcher): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        watcher.once('ready', resolve);
        watcher.once('error', reject);
        // Not ready in time is no fault: its events come all the same.
        timer = setTimeout(resolve, readyMs);
      });
    } catch (error) {
      await this.unwatch();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    watcher.on('error', () => this.#giveUp());
  }

  #gather(path: string | undefined): void {
    if (this.#watcher === undefined || path === undefined) return;
    const below = relative(this.#root, path);
    if (below === '' || below.startsWith('..') || this.#isHidden(path)) return;
    this.#gathered.add(`/${Buffer.from(below.split(sep).join('/')).toString('latin1')}`);
    if (this.#gathered.size > maxPaths) this.#giveUp();
    else this.#timer ??= setTimeout(() => this.#report(), gatherMs);
  }

  #report(): void {
    const paths = [...this.#gathered];
    this.#gathered.clear();
    this.#timer = undefined;
    this.#onHint(paths);
  }

  #giveUp(): void {
    void this.unwatch().catch(() => undefined);
    this.#onHint('scan');
  }

  #isHidden(path: string): boolean {
    return relative(this.#root, path)
      .split(sep)
      .some((name) => name.startsWith('.') && name !== '..');
  }
}

/** chokidar hands through what node's watcher of a folder says: the name, and whose watcher it is. */
function pathOfEvent(name: unknown, details: unknown): string | undefined {
  const isDetailed = typeof details === 'object' && details !== null && 'watchedPath' in details;
  if (!isDetailed || typeof details.watchedPath !== 'string') return undefined;
  return typeof name === 'string' ? join(details.watchedPath, name) : details.watchedPath;
}
