import {
  TreeError,
  isWindowsPath,
  type AccountTree,
  type ListingBudget,
  type TreeEntry,
} from '@envigate/domain';
import { messageOf, type Clock } from '@envigate/runtime';
import { Handles, UploadHandle, planOpen } from './handles.ts';
import {
  attributesOf,
  endOfFile,
  fileSystemReply,
  nameEntryOf,
  ok,
  refusal,
  refusalOf,
  resolveFile,
  resolvePath,
  status,
  type Reply,
} from './protocol.ts';
import { RequestOrder } from './request-order.ts';
import type { SftpEmit } from './telemetry.ts';

const namesPerReply = 100;
const invalidHandle = refusal(status.failure, 'invalid handle');
const tooManyHandles = refusal(status.failure, 'too many open handles');
const uploadOnly = refusal(status.permissionDenied, 'this server only takes uploads');

export interface SftpSessionOptions {
  readonly tree: AccountTree;
  readonly emit: SftpEmit;
  readonly clock: Clock;
  /** Entries of listings that clients have not read yet. */
  readonly listings: ListingBudget;
  /** Whether the connection may open one more handle, over all its channels. */
  readonly hasHandleToGive: () => boolean;
  /** Whether new uploads are refused because the server is going down. */
  readonly isStopping: () => boolean;
}

/** What a client may change of a file; everything is optional on the wire. */
interface ChangedAttributes {
  readonly size?: number | undefined;
}

/**
 * The operations of SFTP version 3 on one account's tree: requests in, replies out, no
 * connection. `answer` wraps every operation, so that each request has exactly one reply.
 */
export class SftpSession {
  readonly #tree: AccountTree;
  readonly #emit: SftpEmit;
  readonly #clock: Clock;
  readonly #listings: ListingBudget;
  readonly #hasHandleToGive: () => boolean;
  readonly #isStopping: () => boolean;
  readonly #handles = new Handles();
  readonly #order = new RequestOrder();
  #opening = 0;
  #listing = 0;
  #endReason: string | undefined;

  constructor(options: SftpSessionOptions) {
    this.#tree = options.tree;
    this.#emit = options.emit;
    this.#clock = options.clock;
    this.#listings = options.listings;
    this.#hasHandleToGive = options.hasHandleToGive;
    this.#isStopping = options.isStopping;
  }

  get account(): string {
    return this.#tree.account;
  }

  /** Handles that are open or being opened. */
  get openHandles(): number {
    return this.#handles.size + this.#opening + this.#listing;
  }

  /** Whether an upload is under way; folders being listed do not count. */
  get uploading(): boolean {
    return this.#opening > 0 || this.#handles.uploads > 0;
  }

  /** Resolves to the operation's reply, or to what its error means. Never rejects. */
  async answer(operation: string, work: () => Promise<Reply>): Promise<Reply> {
    try {
      return await work();
    } catch (error) {
      const reply = refusalOf(error);
      if (reply === undefined) {
        this.#emit('request-failed', { account: this.account, operation, err: error });
        return refusal(status.failure, 'internal error; try again later');
      }
      if (error instanceof TreeError) {
        const { code, message } = error;
        this.#emit('request-refused', { account: this.account, operation, code, error: message });
      }
      return reply;
    }
  }

  async open(rawPath: string, flags: number): Promise<Reply> {
    const plan = planOpen(flags);
    if (plan.kind === 'refuse') return refusal(plan.code, plan.reason);
    if (this.#isStopping())
      return refusal(status.failure, 'the server is stopping; try again later');
    if (!this.#hasHandleToGive()) return tooManyHandles;
    const path = resolveFile(rawPath);
    const makesFolders = isWindowsPath(rawPath);
    this.#opening += 1;
    try {
      const handle = await this.#order.onPath(path, () =>
        this.#openUpload(path, plan, makesFolders),
      );
      if (this.#endReason !== undefined) {
        await this.#interrupt(handle, this.#endReason);
        return invalidHandle;
      }
      return { kind: 'handle', handle: this.#handles.add(handle) };
    } finally {
      this.#opening -= 1;
    }
  }

  async write(handle: Buffer, offset: number, chunk: Uint8Array): Promise<Reply> {
    const upload = this.#handles.get(handle);
    if (upload?.kind !== 'upload') return invalidHandle;
    if (!Number.isSafeInteger(offset + chunk.byteLength)) {
      return refusal(status.failure, 'offset out of range');
    }
    await upload.write(offset, chunk);
    return ok;
  }

  /** Answers ok for an upload only after its bytes are safe. */
  async close(bytes: Buffer): Promise<Reply> {
    const handle = this.#handles.take(bytes);
    if (handle === undefined) return invalidHandle;
    if (handle.kind === 'folder') {
      handle.giveBack();
      return ok;
    }
    return this.#order.onPath(handle.path, () => this.#finishUpload(handle));
  }

  read(): Promise<Reply> {
    return Promise.resolve(uploadOnly);
  }

  async fstat(bytes: Buffer): Promise<Reply> {
    const handle = this.#handles.get(bytes);
    if (handle === undefined) return invalidHandle;
    if (handle.kind === 'folder') return this.stat(handle.path);
    const size = await handle.size();
    return attributesReply({ kind: 'file', size, modifiedAt: this.#clock() });
  }

  async fsetstat(bytes: Buffer, changed: ChangedAttributes): Promise<Reply> {
    const handle = this.#handles.get(bytes);
    if (handle === undefined) return invalidHandle;
    if (handle.kind === 'upload' && changed.size !== undefined)
      await handle.declareSize(changed.size);
    return ok;
  }

  async opendir(rawPath: string): Promise<Reply> {
    if (!this.#hasHandleToGive()) return tooManyHandles;
    const path = resolvePath(rawPath);
    this.#listing += 1;
    try {
      const entries = await this.#order.alone(() => this.#tree.list(path));
      if (this.#endReason !== undefined) return invalidHandle;
      const giveBack = this.#listings.take(this.account, entries.length);
      const folder = { kind: 'folder', path, entries, given: 0, giveBack } as const;
      return { kind: 'handle', handle: this.#handles.add(folder) };
    } finally {
      this.#listing -= 1;
    }
  }

  readdir(bytes: Buffer): Promise<Reply> {
    const folder = this.#handles.get(bytes);
    if (folder?.kind !== 'folder') return Promise.resolve(invalidHandle);
    const page = folder.entries.slice(folder.given, folder.given + namesPerReply);
    if (page.length === 0) return Promise.resolve(endOfFile);
    folder.given += page.length;
    const now = this.#clock();
    const entries = page.map((entry) => nameEntryOf(entry, this.account, now));
    return Promise.resolve({ kind: 'names', entries });
  }

  async stat(rawPath: string): Promise<Reply> {
    const path = resolvePath(rawPath);
    return attributesReply(await this.#order.onPath(path, () => this.#tree.stat(path)));
  }

  /**
   * Times and modes are accepted and not kept: clients set them after an upload, when the file
   * may already have been taken away, and would report a good upload as failed. So is the size that
   * the file has: some clients send back all attributes that they have read.
   */
  async setstat(rawPath: string, changed: ChangedAttributes): Promise<Reply> {
    const path = resolvePath(rawPath);
    if (changed.size === undefined) return ok;
    const present = await this.#order.onPath(path, () => this.#statOrNothing(path));
    return changed.size === present?.size
      ? ok
      : refusal(status.permissionDenied, 'a file here cannot be cut or extended');
  }

  realpath(rawPath: string): Promise<Reply> {
    const path = resolvePath(rawPath);
    const attrs = attributesOf({ kind: 'folder', size: 0, modifiedAt: new Date(0) });
    return Promise.resolve({ kind: 'names', entries: [{ filename: path, longname: path, attrs }] });
  }

  async mkdir(rawPath: string): Promise<Reply> {
    const path = resolvePath(rawPath);
    await this.#order.alone(() => this.#tree.makeFolder(path));
    return ok;
  }

  async rmdir(rawPath: string): Promise<Reply> {
    const path = resolvePath(rawPath);
    await this.#order.alone(() => this.#tree.removeFolder(path));
    return ok;
  }

  async remove(rawPath: string): Promise<Reply> {
    const path = resolvePath(rawPath);
    await this.#order.onPath(path, () => this.#tree.removeFile(path));
    return ok;
  }

  /**
   * The plain RENAME of version 3 refuses an existing target; but not one of the same content, or the
   * file of a client that sends again would wait under its temporary name for ever.
   */
  async rename(rawFrom: string, rawTo: string): Promise<Reply> {
    const from = resolvePath(rawFrom);
    const to = resolvePath(rawTo);
    await this.#order.alone(() => this.#tree.rename(from, to, { replaces: false }));
    return ok;
  }

  /** As POSIX has it: the target, where there is one, is replaced. */
  async posixRename(rawFrom: string, rawTo: string): Promise<Reply> {
    const from = resolvePath(rawFrom);
    const to = resolvePath(rawTo);
    await this.#order.alone(() => this.#tree.rename(from, to));
    return ok;
  }

  /**
   * Ok where all that was written so far has been taken. Safe is a file with its CLOSE and not
   * before: until then it is no file, and a part is worth nothing to anybody but its sender.
   */
  async fsync(bytes: Buffer): Promise<Reply> {
    const handle = this.#handles.get(bytes);
    if (handle?.kind !== 'upload') return invalidHandle;
    await handle.settled();
    return ok;
  }

  async statvfs(rawPath: string): Promise<Reply> {
    const path = resolvePath(rawPath);
    await this.#order.onPath(path, () => this.#tree.stat(path));
    return fileSystemReply;
  }

  fstatvfs(bytes: Buffer): Promise<Reply> {
    const isOpen = this.#handles.get(bytes) !== undefined;
    return Promise.resolve(isOpen ? fileSystemReply : invalidHandle);
  }

  /** The client is gone or has ended: what it has not closed is aborted. Resolves when all is at rest. */
  async end(reason: string): Promise<void> {
    this.#endReason ??= reason;
    await Promise.all(
      this.#handles.takeAll().map(async (handle) => {
        if (handle.kind === 'upload') await this.#interrupt(handle, reason);
        else handle.giveBack();
      }),
    );
    await this.#order.settled();
  }

  async #openUpload(
    path: string,
    plan: Extract<ReturnType<typeof planOpen>, { kind: 'upload' }>,
    makesFolders: boolean,
  ): Promise<UploadHandle> {
    const open = (offset: number): ReturnType<AccountTree['openUpload']> =>
      this.#tree.openUpload(path, { offset, makesFolders });
    const looksFirst = plan.start !== 'fresh' || plan.mustExist || plan.mustBeNew;
    const present = looksFirst ? await this.#statOrNothing(path) : undefined;
    if (present === undefined && plan.mustExist)
      throw new TreeError('not-found', `there is no ${path}`);
    if (present !== undefined && plan.mustBeNew)
      throw new TreeError('exists', `${path} exists already`);
    if (present?.kind === 'folder') throw new TreeError('not-a-file', `${path} is a folder`);
    const base = plan.start === 'fresh' ? 0 : (present?.size ?? 0);
    // Where a file exists, the offset of the first WRITE decides whether it is replaced or resumed.
    if (plan.start === 'first-write' && base > 0)
      return new UploadHandle({ path, start: plan.start, base, open });
    return new UploadHandle({ path, start: plan.start, base, open, opened: await open(base) });
  }

  async #finishUpload(handle: UploadHandle): Promise<Reply> {
    const { account } = this;
    const { path } = handle;
    try {
      const outcome = await handle.close();
      if (outcome === 'committed') {
        const seconds = (performance.now() - handle.openedAt) / 1000;
        this.#emit('upload-completed', { account, path, bytes: handle.received, seconds });
      }
      return ok;
    } catch (error) {
      this.#emit('upload-aborted', {
        account,
        path,
        bytes: handle.received,
        reason: messageOf(error),
      });
      throw error;
    }
  }

  async #interrupt(handle: UploadHandle, reason: string): Promise<void> {
    await handle.interrupt(reason);
    this.#emit('upload-aborted', {
      account: this.account,
      path: handle.path,
      bytes: handle.received,
      reason,
    });
  }

  async #statOrNothing(path: string): Promise<TreeEntry | undefined> {
    try {
      return await this.#tree.stat(path);
    } catch (error) {
      if (error instanceof TreeError && error.code === 'not-found') return undefined;
      throw error;
    }
  }
}

function attributesReply(entry: Pick<TreeEntry, 'kind' | 'size' | 'modifiedAt'>): Reply {
  return { kind: 'attributes', attributes: attributesOf(entry) };
}
