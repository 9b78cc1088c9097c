import { EventEmitter, once } from 'node:events';
import {
  TreeError,
  type AccountTree,
  type Admission,
  type LoginAttempt,
  type ReceptionHall,
  type RenameOptions,
  type TreeEntry,
  type Upload,
  type UploadOptions,
} from '@envigate/domain';

export interface FakeAccount {
  readonly password?: string;
  /** Public keys in SSH wire form. */
  readonly keys?: readonly Uint8Array[];
}

/** A hall in memory, as strict as the port asks: holes are refused, nothing is whole before commit. */
export class FakeHall implements ReceptionHall {
  readonly logins: LoginAttempt[] = [];
  readonly #accounts: Readonly<Record<string, FakeAccount>>;
  readonly #trees = new Map<string, FakeTree>();
  /** Set to let every login fail as in an outage. */
  outage: Error | undefined;
  /** Awaited before each login is decided. */
  beforeLogin: () => Promise<void> = () => Promise.resolve();
  admits = true;
  /** Connections that have not left. */
  admitted = 0;

  constructor(accounts: Readonly<Record<string, FakeAccount>>) {
    this.#accounts = accounts;
  }

  /** The tree of an account, made on first use and shared by its sessions. */
  tree(account: string): FakeTree {
    let tree = this.#trees.get(account);
    if (tree === undefined) this.#trees.set(account, (tree = new FakeTree(account)));
    return tree;
  }

  async login(attempt: LoginAttempt): Promise<AccountTree | undefined> {
    this.logins.push(attempt);
    await this.beforeLogin();
    if (this.outage !== undefined) throw this.outage;
    const { credential, user } = attempt;
    const isRight =
      credential.kind === 'password'
        ? this.#accounts[user]?.password === credential.password
        : await this.acceptsKey(user, credential.algorithm, credential.publicKey);
    if (!isRight) return undefined;
    const tree = this.tree(user);
    tree.sessions += 1;
    return tree;
  }

  acceptsKey(user: string, _algorithm: string, publicKey: Uint8Array): Promise<boolean> {
    const keys = this.#accounts[user]?.keys ?? [];
    return Promise.resolve(keys.some((key) => Buffer.compare(key, publicKey) === 0));
  }

  admit(): Admission | undefined {
    if (!this.admits) return undefined;
    this.admitted += 1;
    return { leave: () => (this.admitted -= 1) };
  }
}

export interface EndedUpload {
  readonly path: string;
  readonly bytes: Buffer;
}

export class FakeTree implements AccountTree {
  readonly account: string;
  readonly files = new Map<string, Buffer>();
  readonly folders = new Set<string>(['/']);
  readonly commits: EndedUpload[] = [];
  readonly aborts: (EndedUpload & { readonly reason: string })[] = [];
  /** Uploads neither committed nor aborted. */
  uploadsOpen = 0;
  /** Called before each step; what it throws is the step's error, what it awaits delays it. */
  before: (step: 'open' | 'write' | 'commit', path: string) => Promise<void> = () =>
    Promise.resolve();
  /** That have logged in and not left. */
  sessions = 0;
  readonly #events = new EventEmitter();

  constructor(account: string) {
    this.account = account;
  }

  /** Resolves at the next event of this kind, with the path. */
  async next(event: 'open' | 'written' | 'commit' | 'abort'): Promise<string> {
    const [path] = (await once(this.#events, event)) as [string];
    return path;
  }

  list(folder: string): Promise<readonly TreeEntry[]> {
    return settle(() => {
      this.#needFolder(folder);
      const inside = (path: string): boolean => path !== '/' && parentOf(path) === folder;
      return [...[...this.folders].filter(inside), ...[...this.files.keys()].filter(inside)].map(
        (path) => this.#entry(path),
      );
    });
  }

  stat(path: string): Promise<TreeEntry> {
    return settle(() => this.#entry(path));
  }

  makeFolder(path: string): Promise<void> {
    return settle(() => {
      if (this.#has(path)) throw new TreeError('exists', `${path} exists already`);
      this.#needFolder(parentOf(path));
      this.folders.add(path);
    });
  }

  removeFolder(path: string): Promise<void> {
    return settle(() => {
      this.#needFolder(path);
      const children = [...this.files.keys(), ...this.folders].some(
        (other) => other !== '/' && parentOf(other) === path,
      );
      if (children) throw new TreeError('not-empty', `${path} is not empty`);
      this.folders.delete(path);
    });
  }

  removeFile(path: string): Promise<void> {
    return settle(() => {
      if (this.#entry(path).kind === 'folder')
        throw new TreeError('not-a-file', `${path} is a folder`);
      this.files.delete(path);
    });
  }

  setTime(): Promise<void> {
    return Promise.resolve();
  }

  rename(from: string, to: string, { replaces }: RenameOptions = {}): Promise<void> {
    return settle(() => {
      this.#entry(from);
      const [bytes, present] = [this.files.get(from), this.files.get(to)];
      const isSame = present !== undefined && bytes?.equals(present) === true;
      if (replaces === false && (present !== undefined || this.folders.has(to)) && !isSame) {
        throw new TreeError('exists', `${to} exists already`);
      }
      this.#needFolder(parentOf(to));
      const moved = (path: string): string =>
        path === from ? to : `${to}${path.slice(from.length)}`;
      const isMoved = (path: string): boolean => path === from || path.startsWith(`${from}/`);
      for (const [path, bytes] of [...this.files].filter(([path]) => isMoved(path))) {
        this.files.delete(path);
        this.files.set(moved(path), bytes);
      }
      for (const path of [...this.folders].filter(isMoved)) {
        this.folders.delete(path);
        this.folders.add(moved(path));
      }
    });
  }

  async openUpload(path: string, { offset, makesFolders }: UploadOptions): Promise<Upload> {
    await this.before('open', path);
    if (makesFolders === true) this.folders.add(parentOf(path));
    this.#needFolder(parentOf(path));
    if (this.folders.has(path)) throw new TreeError('not-a-file', `${path} is a folder`);
    const present = this.files.get(path) ?? Buffer.alloc(0);
    if (offset > present.length)
      throw new TreeError('incomplete', `${path} has only ${String(present.length)} bytes`);
    this.#events.emit('open', path);
    return new FakeUpload(this, this.#events, path, present.subarray(0, offset));
  }

  #entry(path: string): TreeEntry {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const modifiedAt = new Date('2026-01-02T03:04:05Z');
    if (this.folders.has(path)) return { name, kind: 'folder', size: 0, modifiedAt };
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new TreeError('not-found', `there is no ${path}`);
    return { name, kind: 'file', size: bytes.length, modifiedAt };
  }

  #has(path: string): boolean {
    return this.folders.has(path) || this.files.has(path);
  }

  #needFolder(path: string): void {
    if (this.files.has(path)) throw new TreeError('not-a-folder', `${path} is not a folder`);
    if (!this.folders.has(path)) throw new TreeError('not-found', `there is no folder ${path}`);
  }

  leave(): void {
    this.sessions -= 1;
  }
}

const maxBytes = 64 * 1024 * 1024;

class FakeUpload implements Upload {
  readonly #tree: FakeTree;
  readonly #events: EventEmitter;
  readonly #path: string;
  /** With room to grow; the first `size` bytes count. */
  #bytes: Buffer;
  /** Which bytes were written: 1 for yes. */
  #written: Buffer;
  #size: number;
  #ended = false;

  constructor(tree: FakeTree, events: EventEmitter, path: string, present: Buffer) {
    this.#tree = tree;
    this.#events = events;
    this.#path = path;
    this.#bytes = Buffer.from(present);
    this.#written = Buffer.alloc(present.length, 1);
    this.#size = present.length;
    tree.uploadsOpen += 1;
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.writeAt(this.size, chunk);
  }

  async writeAt(position: number, chunk: Uint8Array): Promise<void> {
    await this.#tree.before('write', this.#path);
    const end = position + chunk.byteLength;
    if (end > maxBytes) throw new TreeError('too-large', `more than ${String(maxBytes)} bytes`);
    if (end > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], 2 * end);
      this.#written = Buffer.concat([this.#written], 2 * end);
    }
    this.#size = Math.max(this.#size, end);
    this.#bytes.set(chunk, position);
    this.#written.fill(1, position, end);
    this.#events.emit('written', this.#path);
  }

  async commit(): Promise<void> {
    this.#end();
    await this.#tree.before('commit', this.#path);
    if (this.#written.subarray(0, this.#size).includes(0)) {
      throw new TreeError('incomplete', `${this.#path} has holes`);
    }
    const bytes = this.#bytes.subarray(0, this.#size);
    this.#tree.files.set(this.#path, bytes);
    this.#tree.commits.push({ path: this.#path, bytes });
    this.#events.emit('commit', this.#path);
  }

  commitProvisionally(): Promise<never> {
    return Promise.reject(new Error('CLOSE leaves nothing in doubt'));
  }

  interrupt(reason: string): Promise<void> {
    this.#end();
    this.#tree.aborts.push({
      path: this.#path,
      bytes: this.#bytes.subarray(0, this.#size),
      reason,
    });
    this.#events.emit('abort', this.#path);
    return Promise.resolve();
  }

  #end(): void {
    if (this.#ended) throw new Error(`the upload of ${this.#path} was ended twice`);
    this.#ended = true;
    this.#tree.uploadsOpen -= 1;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The outcome as a promise, as the port has it. */
function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
