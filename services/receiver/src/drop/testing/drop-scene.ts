import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Account, DropFolder } from '@envigate/contracts';
import {
  RegistryView,
  TreeError,
  looksCut,
  type DropHint,
  type OpenDropFolder,
  type RegistrySource,
} from '@envigate/domain';
import { Ledger, LocalDisk } from '@envigate/drop-folder';
import { Telemetry, systemClock } from '@envigate/runtime';
import type { SpoolEntry } from '@envigate/spool';
import { FileNames } from '../../home/tree-names.ts';
import { account } from '../../testing/reception.ts';
import { startDropFolders } from '../drop-folders.ts';
import type { DropEmit } from '../telemetry.ts';

export interface DropSceneOptions {
  readonly folder?: Partial<DropFolder>;
  readonly accounts?: readonly Account[];
  readonly unfinishedMs?: number;
  readonly maxFileBytes?: number;
  readonly stopMs?: number;
  readonly maxWaitingFiles?: number;
  /** What a real disk does not do when a test wants it. */
  readonly disk?: (root: string, onHint: (hint: DropHint) => void) => LocalDisk;
}

export interface RecordedEvent {
  readonly name: string;
  readonly payload: Record<string, unknown>;
}

/** Drop folders on a real disk, before an intake that remembers what it was given. */
export class DropScene {
  readonly dir: string;
  readonly root: string;
  readonly taken: SpoolEntry[] = [];
  readonly recorded: RecordedEvent[] = [];
  telemetry = new Telemetry();
  /** Awaited before each file is safe; what it throws refuses the file. */
  beforeKeep: (entry: SpoolEntry) => Promise<void> = () => Promise.resolve();
  /** Bytes that the spool still takes. */
  room = Infinity;
  folder: DropFolder;
  #options: DropSceneOptions;
  #view = RegistryView.empty;
  #stop: (() => Promise<void>) | undefined;
  readonly #watchers = new Set<() => void>();

  private constructor(dir: string, options: DropSceneOptions) {
    this.dir = dir;
    this.root = join(dir, 'in');
    this.#options = options;
    const path = this.root;
    const seconds = { settleSeconds: 0.05, scanSeconds: 0.1 };
    this.folder = { code: 'office', path, ...seconds, ...options.folder };
    this.setRegistry(options.accounts ?? [account('caph'), account('nuoc')]);
  }

  /** With a folder that is there, and not yet looked at. */
  static async create(options: DropSceneOptions = {}): Promise<DropScene> {
    const scene = new DropScene(await mkdtemp(join(tmpdir(), 'envigate-drop-')), options);
    await mkdir(scene.root);
    return scene;
  }

  static async start(options: DropSceneOptions = {}): Promise<DropScene> {
    const scene = await DropScene.create(options);
    await scene.start();
    return scene;
  }

  async start(): Promise<void> {
    this.telemetry = new Telemetry();
    const registry: RegistrySource = { current: () => this.#view };
    const emit: DropEmit = (name, payload) => {
      this.recorded.push({ name, payload: { ...payload } });
      this.#notify();
    };
    const { stop } = await startDropFolders({
      registry,
      spool: { needRoom: (bytes) => this.#needRoom(bytes) },
      intake: {
        take: (entry) => this.#take(entry) as never,
        mayBeCut: ({ content }) => looksCut(content) !== undefined,
      },
      open: this.#open,
      clock: systemClock,
      telemetry: this.telemetry,
      emit,
      maxFileBytes: this.#options.maxFileBytes ?? 1_000_000,
      names: new FileNames(),
      holdsCut: true,
      unfinishedMs: this.#options.unfinishedMs ?? 0,
      refreshMs: 20,
      stopMs: this.#options.stopMs ?? 5000,
      maxWaitingFiles: this.#options.maxWaitingFiles ?? 100_000,
    });
    this.#stop = stop;
  }

  /** As the end of a process, once what is in hand is done. */
  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  setRegistry(
    accounts: readonly Account[],
    dropFolders: readonly DropFolder[] = [this.folder],
  ): void {
    this.#view = new RegistryView({
      ...RegistryView.empty.registry,
      accounts: [...accounts],
      dropFolders: [...dropFolders],
    });
  }

  /** Writes the file somewhere else and renames it in, folders made. */
  async put(path: string, content = `${path}\n`): Promise<void> {
    const target = join(this.root, path);
    await mkdir(dirname(target), { recursive: true });
    const temporary = join(this.dir, `put-${Math.random()}`);
    await writeFile(temporary, content);
    await rename(temporary, target);
  }

  /** What was taken, as `account folder name=content`. */
  get files(): readonly string[] {
    return this.taken.map(
      ({ account, folder, name, content }) =>
        `${account} ${folder} ${name}=${Buffer.from(content).toString()}`,
    );
  }

  /** Names that are still in the folder, at any depth. */
  async left(): Promise<readonly string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(this.root.length + 1))
      .sort();
  }

  events(name: string): readonly Record<string, unknown>[] {
    return this.recorded.filter((event) => event.name === name).map(({ payload }) => payload);
  }

  /** Resolves once the condition holds; looked at after every file and every event. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves when so many whole looks have ended from now on. */
  async scans(count = 2): Promise<void> {
    const before = this.events('drop-scan-done').length;
    await this.until(() => this.events('drop-scan-done').length >= before + count);
  }

  readonly #open: OpenDropFolder = async ({ code, path }, onHint) => {
    const { disk = (root, hint) => new LocalDisk(root, hint) } = this.#options;
    const opened = disk(path, onHint);
    const ledger = await Ledger.open(join(this.dir, 'ledgers', `${code}.taken`));
    return {
      disk: opened,
      ledger,
      async close() {
        await opened.unwatch();
        await ledger.close();
      },
    };
  };

  #needRoom(bytes: number): Promise<void> {
    return bytes <= this.room
      ? Promise.resolve()
      : Promise.reject(new TreeError('no-room', 'the spool is full'));
  }

  async #take(entry: SpoolEntry): Promise<void> {
    await this.beforeKeep(entry);
    const { length } = entry.content;
    // In one turn with what follows, as the spool does: no two files get the same room.
    if (length > this.room) throw new TreeError('no-room', 'the spool is full');
    this.room -= length;
    this.taken.push(entry);
    this.#notify();
  }

  #notify(): void {
    for (const look of [...this.#watchers]) look();
  }
}
