import {
  RemoteSiteError,
  type RemoteEntry,
  type RemoteFileState,
  type RemoteSession,
} from '@envigate/domain';

export interface FakeFile {
  content: string;
  /** Seconds. */
  time: number;
}

export type FakeStep = 'list' | 'stat' | 'read' | 'move' | 'makeFolder' | 'remove';

/** A site in memory, with a hand in every step. */
export class FakeSite implements RemoteSession {
  /** By path. */
  readonly files = new Map<string, FakeFile>();
  /** Entries that a listing has in addition, by folder. */
  readonly strangeEntries = new Map<string, readonly Partial<RemoteEntry>[]>();
  readonly steps: string[] = [];
  /** Listings show whole minutes. */
  isCoarse = false;
  /** Called before each step; what it throws is the step's error. */
  before: (step: FakeStep, path: string) => void = () => undefined;

  put(path: string, content: string, time = 0): void {
    this.files.set(path, { content, time });
  }

  async list(folder: string): Promise<readonly RemoteEntry[]> {
    this.#do('list', folder);
    const names = new Map<string, RemoteEntry>();
    const prefix = folder === '/' ? '/' : `${folder}/`;
    for (const [path, file] of this.files) {
      if (!path.startsWith(prefix)) continue;
      const [name = '', ...below] = path.slice(prefix.length).split('/');
      names.set(name, this.#entry(name, below.length > 0 ? undefined : file));
    }
    for (const strange of this.strangeEntries.get(folder) ?? [])
      names.set(strange.name ?? '', { ...this.#entry('', undefined), ...strange });
    return [...names.values()];
  }

  async stat(path: string): Promise<RemoteFileState> {
    this.#do('stat', path);
    const { content, time } = this.#find(path);
    return { size: content.length, modified: String(time) };
  }

  async read(path: string): Promise<Uint8Array> {
    this.#do('read', path);
    return Buffer.from(this.#find(path).content);
  }

  async move(from: string, to: string): Promise<void> {
    this.#do('move', from);
    this.files.set(to, this.#find(from));
    this.files.delete(from);
  }

  async makeFolder(path: string): Promise<void> {
    this.#do('makeFolder', path);
  }

  async remove(path: string): Promise<void> {
    this.#do('remove', path);
    this.#find(path);
    this.files.delete(path);
  }

  close(): void {
    this.before = () => {
      throw new RemoteSiteError('connection-lost', 'closed');
    };
  }

  #do(step: FakeStep, path: string): void {
    this.steps.push(`${step} ${path}`);
    this.before(step, path);
  }

  #find(path: string): FakeFile {
    const file = this.files.get(path);
    if (file === undefined) throw new RemoteSiteError('not-found', `there is no ${path}`);
    return file;
  }

  #entry(name: string, file: FakeFile | undefined): RemoteEntry {
    const time = file?.time ?? 0;
    return {
      name,
      kind: file === undefined ? 'folder' : 'file',
      size: file?.content.length ?? 0,
      listed: this.isCoarse ? `minute ${Math.floor(time / 60)}` : String(time),
      isCoarse: this.isCoarse,
    };
  }
}
