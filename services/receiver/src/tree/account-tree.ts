import { createHash } from 'node:crypto';
import {
  TreeError,
  type AccountTree,
  type RenameOptions,
  type TreeEntry,
  type Upload,
  type UploadOptions,
} from '@envigate/domain';
import type { DoubtfulFile } from '../hold/held-store.ts';
import type { AccountHome } from '../home/account-home.ts';
import type { ParkedFile } from '../home/parked-files.ts';
import { readReceived, type ReceivedFile } from '../home/received-index.ts';
import { isBelow, joinPath, parseTreePath, type TreePath } from '../home/tree-names.ts';
import {
  UploadCommit,
  accountClosed,
  type AccountSession,
  type ReceptionContext,
} from './upload-commit.ts';
import { MemoryUpload } from './upload.ts';

/**
 * What one session of an account sees and does. Four kinds of file lie side by side in its tree:
 *
 * - **received**: a whole file under its final name. It is in the spool and leaves from there, so
 *   the tree only remembers it, for clients that look whether it arrived (lftp mirror, loggers
 *   that ask for SIZE). The record of it cannot be taken back; therefore
 *   - delete takes it out of the view and succeeds: WinSCP deletes the target before it renames
 *     its `.filepart`, loggers clear their folder, and both give up on a refusal;
 *   - renamed to another name it is another file: received again, from the spool's bytes, which is
 *     how a temporary name that we do not know ends well; moved to another folder under the same
 *     name it is the same file, and only the view changes;
 *   - sent again it is received again; appended to (APPE, REST) the old bytes and the new ones make
 *     a new file. Where the spool has deleted the old bytes both are refused, never guessed.
 * - **doubtful**: it came whole over the wire and was acknowledged, but does not look whole: `Intake`
 *   holds it. Its bytes are ours, as those of a received file: delete takes it out of the view only,
 *   and under another final name it stays as doubtful. It can be resumed.
 * - **parked**: complete, under a temporary name; received when it is renamed to a final one.
 * - **partial**: the upload was interrupted. It can be resumed or replaced, and is never received
 *   as it is: a rename to a final name is refused.
 */
export class SpoolingTree implements AccountTree {
  readonly account: string;
  readonly #context: ReceptionContext;
  readonly #session: AccountSession;

  constructor(context: ReceptionContext, session: AccountSession) {
    this.account = session.account;
    this.#context = context;
    this.#session = session;
  }

  async list(folder: string): Promise<readonly TreeEntry[]> {
    const { path } = parseTreePath(folder);
    const { home } = this.#session;
    const { received, doubtful } = this.#context;
    this.#needAdmission();
    home.parked.needFolder(path);
    const { folders, files } = home.parked.list(path);
    const entries = [
      ...received.list(this.account, path).map(entryOfReceived),
      ...doubtful.list(this.account, path).map(entryOfDoubtful),
      ...files.map(entryOfParked),
      ...folders.map((folder) => this.#entryOfFolder(folder)),
    ];
    // Of a file that is several, the parked one is the newest: a resend that was interrupted.
    const newest = [...new Map(entries.map((entry) => [entry.name, entry])).values()];
    return newest.map((entry) => home.times.of(joinPath(path, entry.name), entry));
  }

  async stat(path: string): Promise<TreeEntry> {
    const place = parseTreePath(path);
    return this.#session.home.times.of(place.path, this.#stat(place));
  }

  async setTime(path: string, modifiedAt: Date): Promise<void> {
    const place = parseTreePath(path);
    this.#session.home.times.set(place.path, this.#stat(place), modifiedAt);
  }

  #stat(place: TreePath): TreeEntry {
    this.#needAdmission();
    if (this.#session.home.parked.hasFolder(place.path)) return this.#entryOfFolder(place.path);
    const file = this.#newest(place.path);
    if (file === undefined) throw notFound(place.path);
    return file.entry;
  }

  async makeFolder(path: string): Promise<void> {
    const place = parseTreePath(path);
    this.#needAdmission();
    await this.#change(async ({ parked }) => {
      const { received, doubtful } = this.#context;
      const isFile = [received, doubtful].some((files) => files.find(this.account, place.path));
      if (isFile) {
        throw new TreeError('exists', `${place.path} is a file`);
      }
      await parked.makeFolder(place.path);
    });
  }

  async #makeMissing(folder: string): Promise<void> {
    const { parked } = this.#session.home;
    if (parked.hasFolder(folder)) return;
    await this.#makeMissing(parseTreePath(folder).folder);
    // Another session may have made it meanwhile.
    await this.makeFolder(folder).catch((error: unknown) => {
      if (!parked.hasFolder(folder)) throw error;
    });
  }

  async removeFolder(path: string): Promise<void> {
    const place = parseTreePath(path);
    if (place.path === '/') throw new TreeError('not-permitted', 'the root stays');
    this.#needAdmission();
    await this.#change(async ({ parked }) => {
      parked.needFolder(place.path);
      if ((await this.list(place.path)).length > 0) {
        throw new TreeError('not-empty', `${place.path} is not empty`);
      }
      await parked.removeFolder(place.path);
    });
  }

  async removeFile(path: string): Promise<void> {
    const place = parseTreePath(path);
    this.#needAdmission();
    await this.#change(async ({ parked }) => {
      if (parked.hasFolder(place.path))
        throw new TreeError('not-a-file', `${place.path} is a folder`);
      const isParked = parked.find(place.path) !== undefined;
      await parked.remove(place.path);
      const wasDoubtful = this.#context.doubtful.hide(this.account, place.path);
      const wasReceived = this.#context.received.remove(this.account, place.path);
      if (!isParked && !wasDoubtful && !wasReceived) throw notFound(place.path);
    });
  }

  async rename(from: string, to: string, { replaces }: RenameOptions = {}): Promise<void> {
    const source = parseTreePath(from);
    const target = parseTreePath(to);
    this.#needAdmission();
    await this.#change(async ({ parked }) => {
      parked.needFolder(target.folder);
      if (parked.hasFolder(source.path)) return this.#renameFolder(source, target);
      if (parked.hasFolder(target.path))
        throw new TreeError('exists', `${target.path} is a folder`);
      if (replaces === false && !(await this.#mayTakePlaceOf(source, target))) {
        throw new TreeError('exists', `${target.path} exists already, with other content`);
      }
      const parkedFile = parked.find(source.path);
      if (parkedFile !== undefined) return this.#renameParked(parkedFile, target);
      const doubtful = this.#context.doubtful.find(this.account, source.path);
      if (doubtful !== undefined) return this.#renameDoubtful(doubtful, target);
      const received = this.#context.received.find(this.account, source.path);
      if (received !== undefined) return this.#renameReceived(received, source, target);
      throw notFound(source.path);
    });
  }

  /** Whether there is no target, or the target has the bytes of the source. */
  async #mayTakePlaceOf(source: TreePath, target: TreePath): Promise<boolean> {
    const [present, moved] = [this.#newest(target.path), this.#newest(source.path)];
    if (present === undefined || moved === undefined) return true;
    if (present.entry.size !== moved.entry.size) return false;
    return (await present.contentHash()) === (await moved.contentHash());
  }

  async openUpload(path: string, { offset, makesFolders }: UploadOptions): Promise<Upload> {
    const place = parseTreePath(path);
    const { home, memory, quota } = this.#session;
    const { spool, slowUploads } = this.#context;
    this.#needAdmission();
    if (makesFolders === true) await this.#makeMissing(place.folder);
    home.parked.needFolder(place.folder);
    if (home.parked.hasFolder(place.path))
      throw new TreeError('not-a-file', `${place.path} is a folder`);
    const before = offset === 0 ? Buffer.alloc(0) : await this.#firstBytes(place.path, offset);
    // So that a full spool or a used up day refuses the upload and not its last byte.
    quota.needRoom(before.length);
    await spool.needRoom(before.length);
    const end = this.#commitTo(place);
    const upload = new MemoryUpload({ before, memory, maxBytes: quota.maxFileBytes, end });
    slowUploads.begin(upload);
    return upload;
  }

  #commitTo(place: TreePath): UploadCommit {
    return new UploadCommit(this.#context, this.#session, place);
  }

  async #renameFolder(source: TreePath, target: TreePath): Promise<void> {
    if (source.path === target.path) return;
    if (source.path === '/' || isBelow(target.path, source.path)) {
      throw new TreeError('not-permitted', 'a folder cannot be moved into itself');
    }
    const isTaken = await this.stat(target.path).then(
      () => true,
      () => false,
    );
    if (isTaken) throw new TreeError('exists', `${target.path} exists already`);
    await this.#session.home.parked.moveFolder(source.path, target.path);
    await this.#moveDoubtful(source.path, target.path);
    this.#context.received.move(this.account, source.path, target.path);
  }

  #moveDoubtful(from: string, to: string): Promise<void> {
    const { intake, doubtful } = this.#context;
    return intake.changes.run(() => doubtful.move(this.account, from, to));
  }

  async #renameDoubtful(file: DoubtfulFile, target: TreePath): Promise<void> {
    if (file.path === target.path) return;
    if (this.#isTemporary(target)) throw notUnfinished(file.path);
    await this.#moveDoubtful(file.path, target.path);
  }

  async #renameParked(file: ParkedFile, target: TreePath): Promise<void> {
    const { parked } = this.#session.home;
    if (file.path === target.path) return;
    if (this.#isTemporary(target)) {
      await parked.move(file, target.path);
      return;
    }
    if (file.state === 'partial') {
      throw new TreeError(
        'incomplete',
        `the upload of ${file.path} was interrupted: send it again or resume it`,
      );
    }
    await this.#commitTo(target).takeRenamed(await parked.read(file));
    // A crash before this leaves the file to be renamed again: received twice, never lost.
    await parked.remove(file.path);
    await parked.remove(target.path);
  }

  async #renameReceived(file: ReceivedFile, source: TreePath, target: TreePath): Promise<void> {
    const { received } = this.#context;
    if (source.path === target.path) return;
    if (source.name === target.name) {
      received.move(this.account, source.path, target.path);
      return;
    }
    if (this.#isTemporary(target)) throw notUnfinished(source.path);
    await this.#commitTo(target).take(await this.#bytesOfReceived(file));
    received.remove(this.account, source.path);
  }

  /** What an upload that starts at `offset` builds on. */
  async #firstBytes(path: string, offset: number): Promise<Buffer> {
    const file = this.#newest(path);
    if (file === undefined) throw notFound(path);
    const { size } = file.entry;
    if (size < offset) throw new TreeError('incomplete', `${path} has only ${size} bytes`);
    return (await file.read()).subarray(0, offset);
  }

  /** Where several files have the path, the parked one is the newest: an interrupted resend. */
  #newest(path: string): SeenFile | undefined {
    const { home } = this.#session;
    const { doubtful, received } = this.#context;
    const parked = home.parked.find(path);
    if (parked !== undefined) return seen(entryOfParked(parked), () => home.parked.read(parked));
    const doubted = doubtful.find(this.account, path);
    if (doubted !== undefined) return seen(entryOfDoubtful(doubted), () => doubtful.read(doubted));
    const file = received.find(this.account, path);
    if (file === undefined) return undefined;
    return seen(entryOfReceived(file), () => this.#bytesOfReceived(file), file.contentHash);
  }

  async #bytesOfReceived(file: ReceivedFile): Promise<Buffer> {
    const bytes = await readReceived(this.#context.spool, file);
    if (bytes !== undefined) return bytes;
    throw new TreeError(
      'not-permitted',
      `${file.path} was received and handed on: send it as a new file`,
    );
  }

  #isTemporary({ name }: TreePath): boolean {
    return this.#context.names.isTemporary(this.account, name);
  }

  #needAdmission(): void {
    if (!this.#session.isAdmitted()) throw accountClosed(this.account);
  }

  #change<T>(work: (home: AccountHome) => Promise<T>): Promise<T> {
    const { home } = this.#session;
    return home.changes.run(() => work(home));
  }

  #entryOfFolder(path: string): TreeEntry {
    const modifiedAt = this.#session.home.parked.folderTime(path) ?? new Date(0);
    return { name: parseTreePath(path).name, kind: 'folder', size: 0, modifiedAt };
  }

  leave(): void {
    this.#session.onLeave();
  }
}

/** The file that an account sees under a path. */
interface SeenFile {
  readonly entry: TreeEntry;
  readonly read: () => Promise<Buffer>;
  /** SHA-256, hexadecimal. */
  readonly contentHash: () => Promise<string>;
}

function seen(entry: TreeEntry, read: () => Promise<Buffer>, contentHash?: string): SeenFile {
  return { entry, read, contentHash: async () => contentHash ?? sha256(await read()) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function entryOfParked({ path, size, modifiedAt, mayBeComplete }: ParkedFile): TreeEntry {
  const entry = { name: parseTreePath(path).name, kind: 'file', size, modifiedAt } as const;
  return mayBeComplete ? { ...entry, mayBeComplete } : entry;
}

function entryOfDoubtful({ path, size, since }: DoubtfulFile): TreeEntry {
  return { name: parseTreePath(path).name, kind: 'file', size, modifiedAt: since };
}

function entryOfReceived({ path, size, receivedAt }: ReceivedFile): TreeEntry {
  return { name: parseTreePath(path).name, kind: 'file', size, modifiedAt: receivedAt };
}

function notFound(path: string): TreeError {
  return new TreeError('not-found', `there is no ${path}`);
}

function notUnfinished(path: string): TreeError {
  return new TreeError('not-permitted', `${path} was received; it cannot be made unfinished`);
}
