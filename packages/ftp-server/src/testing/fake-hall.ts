import {
  TreeError,
  type AccountTree,
  type Admission,
  type InterruptedBytes,
  type LoginAttempt,
  type Peer,
  type ReceptionHall,
  type ReceptionProtocol,
  type RenameOptions,
  type TreeEntry,
  type Upload,
  type UploadOptions,
} from '@envigate/domain';

/** How an upload ended. */
export interface EndedUpload {
  readonly path: string;
  readonly bytes: Buffer;
  readonly end: 'committed' | 'aborted';
  /** Given with an abort. */
  readonly reason?: string;
  readonly interruptedBytes?: InterruptedBytes;
}

export type Step = 'login' | 'list' | 'open' | 'write' | 'commit';

/**
 * A hall in memory: one account (`station`, password `secret`), as strict as the port asks.
 * `before` is called ahead of each step; what it throws is the step's outcome, what it awaits
 * delays it.
 */
export class FakeHall implements ReceptionHall {
  readonly logins: LoginAttempt[] = [];
  /** Everybody who asked to come in. */
  readonly admissions: { readonly peer: Peer; readonly protocol: ReceptionProtocol }[] = [];
  /** Admitted and not gone. */
  present = 0;
  admits = true;
  readonly tree = new FakeTree((step, path) => this.before(step, path));
  before: (step: Step, path: string) => Promise<void> | void = () => undefined;

  async login(attempt: LoginAttempt): Promise<AccountTree | undefined> {
    this.logins.push(attempt);
    await this.before('login', attempt.user);
    const { user, credential } = attempt;
    const isRight =
      user === 'station' && credential.kind === 'password' && credential.password === 'secret';
    return isRight ? this.tree : undefined;
  }

  acceptsKey(): Promise<boolean> {
    return Promise.resolve(false);
  }

  admit(peer: Peer, protocol: ReceptionProtocol): Admission | undefined {
    this.admissions.push({ peer, protocol });
    if (!this.admits) return undefined;
    this.present += 1;
    return { leave: once('admission', () => (this.present -= 1)) };
  }
}

export class FakeTree implements AccountTree {
  readonly account = 'station';
  readonly files = new Map<string, Buffer>();
  readonly folders = new Set<string>(['/']);
  readonly ended: EndedUpload[] = [];
  modifiedAt = new Date('2026-01-31T12:34:56Z');
  /** Interrupted uploads whose bytes may be the complete file. */
  readonly mayBeComplete = new Set<string>();
  /** Sessions that have ended. */
  left = 0;
  /** Uploads neither committed nor aborted. */
  uploadsOpen = 0;
  readonly #before: (step: Step, path: string) => Promise<void> | void;
  readonly #watchers = new Set<() => void>();
  readonly #times = new Map<string, Date>();

  constructor(before: (step: Step, path: string) => Promise<void> | void) {
    this.#before = before;
  }

  /** Resolves with the first upload that ends this way, now or later. */
  async endedAs(end: EndedUpload['end']): Promise<EndedUpload> {
    for (;;) {
      const found = this.ended.find((upload) => upload.end === end);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  async list(folder: string): Promise<readonly TreeEntry[]> {
    await this.#before('list', folder);
    if (this.#entry(folder).kind === 'file') throw new TreeError('not-a-folder', 'not a folder');
    return this.#paths()
      .filter((path) => path !== '/' && parentOf(path) === folder)
      .map((path) => this.#entry(path));
  }

  async stat(path: string): Promise<TreeEntry> {
    return this.#entry(path);
  }

  async makeFolder(path: string): Promise<void> {
    if (this.#paths().includes(path)) throw new TreeError('exists', `${path} exists`);
    this.#needFolder(parentOf(path));
    this.folders.add(path);
  }

  async removeFolder(path: string): Promise<void> {
    if (path === '/') throw new TreeError('not-permitted', 'the top folder stays');
    this.#needFolder(path);
    if (this.#paths().some((other) => other !== '/' && parentOf(other) === path)) {
      throw new TreeError('not-empty', `${path} is not empty`);
    }
    this.folders.delete(path);
  }

  async removeFile(path: string): Promise<void> {
    if (this.#entry(path).kind === 'folder') throw new TreeError('not-a-file', 'not a file');
    this.files.delete(path);
  }

  async setTime(path: string, modifiedAt: Date): Promise<void> {
    this.#entry(path);
    this.#times.set(path, modifiedAt);
  }

  async rename(from: string, to: string, { replaces }: RenameOptions = {}): Promise<void> {
    this.#entry(from);
    this.#needFolder(parentOf(to));
    const present = this.files.get(to);
    const isSame = present !== undefined && this.files.get(from)?.equals(present) === true;
    if (this.folders.has(to) || (replaces === false && present !== undefined && !isSame))
      throw new TreeError('exists', `${to} exists`);
    const bytes = this.files.get(from);
    if (bytes === undefined) throw new TreeError('not-permitted', 'folders keep their names');
    this.files.delete(from);
    this.files.set(to, bytes);
  }

  async openUpload(path: string, { offset, makesFolders }: UploadOptions): Promise<Upload> {
    await this.#before('open', path);
    if (makesFolders === true) this.folders.add(parentOf(path));
    this.#needFolder(parentOf(path));
    if (this.folders.has(path)) throw new TreeError('not-a-file', 'a folder has this name');
    const present = this.files.get(path) ?? Buffer.alloc(0);
    if (offset > present.length) {
      throw new TreeError('incomplete', `${path} has only ${present.length} bytes`);
    }
    return this.#upload(path, present.subarray(0, offset));
  }

  #upload(path: string, start: Buffer): Upload {
    let bytes = start;
    let ended = false;
    this.uploadsOpen += 1;
    const end = (): void => {
      if (ended) throw new Error(`the upload of ${path} was ended twice`);
      ended = true;
      this.uploadsOpen -= 1;
    };
    const recordEnd = (upload: EndedUpload): void => {
      this.ended.push(upload);
      for (const watcher of this.#watchers) watcher();
      this.#watchers.clear();
    };
    return {
      get size() {
        return bytes.length;
      },
      write: async (chunk) => {
        await this.#before('write', path);
        if (ended) throw new Error(`${path} was written to after its end`);
        bytes = Buffer.concat([bytes, chunk]);
      },
      writeAt: () => Promise.reject(new Error('FTP writes in order')),
      commit: async () => {
        end();
        await this.#before('commit', path);
        this.files.set(path, bytes);
        recordEnd({ path, bytes, end: 'committed' });
      },
      commitProvisionally: async () => {
        end();
        await this.#before('commit', path);
        this.files.set(path, bytes);
        return {
          confirm: () => recordEnd({ path, bytes, end: 'committed' }),
          interrupt: async (reason, interruptedBytes) => {
            if (interruptedBytes === 'discard') this.files.delete(path);
            recordEnd({
              path,
              bytes,
              end: 'aborted',
              reason,
              ...(interruptedBytes !== undefined && { interruptedBytes }),
            });
          },
        };
      },
      interrupt: async (reason, interruptedBytes = 'keep') => {
        end();
        // What came stays for a resume.
        const keeps = interruptedBytes === 'keep' && (start.length > 0 || !this.files.has(path));
        if (keeps) this.files.set(path, bytes);
        recordEnd({ path, bytes, end: 'aborted', reason, interruptedBytes });
      },
    };
  }

  #paths(): string[] {
    return [...this.folders, ...this.files.keys()];
  }

  #entry(path: string): TreeEntry {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const modifiedAt = this.#times.get(path) ?? this.modifiedAt;
    if (this.folders.has(path)) return { name, kind: 'folder', size: 0, modifiedAt };
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new TreeError('not-found', `there is no ${path}`);
    const mayBeComplete = this.mayBeComplete.has(path);
    return {
      name,
      kind: 'file',
      size: bytes.length,
      modifiedAt,
      ...(mayBeComplete && { mayBeComplete }),
    };
  }

  #needFolder(path: string): void {
    if (this.files.has(path)) throw new TreeError('not-a-folder', `${path} is a file`);
    if (!this.folders.has(path)) throw new TreeError('not-found', `there is no folder ${path}`);
  }

  leave(): void {
    this.left += 1;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function once(what: string, run: () => void): () => void {
  let done = false;
  return () => {
    if (done) throw new Error(`the ${what} was left twice`);
    done = true;
    run();
  };
}
