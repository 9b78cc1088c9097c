import { TreeError, type TreeEntry, type Upload } from '@envigate/domain';
import { openFlag, status, type StatusCode } from './protocol.ts';

interface FolderHandle {
  readonly kind: 'folder';
  readonly path: string;
  readonly entries: readonly TreeEntry[];
  /** How many of them READDIR has returned. */
  given: number;
  /** Returns the entries to the listing budget. */
  readonly giveBack: () => void;
}

type Handle = UploadHandle | FolderHandle;

const handleBytes = 4;

/**
 * Open handles of one session. A number is used once, so that a client's stale handle is an
 * error and never another file.
 */
export class Handles {
  readonly #open = new Map<number, Handle>();
  #next = 0;

  get size(): number {
    return this.#open.size;
  }

  add(handle: Handle): Buffer {
    const id = this.#next;
    this.#next = (this.#next + 1) >>> 0;
    this.#open.set(id, handle);
    const bytes = Buffer.allocUnsafe(handleBytes);
    bytes.writeUInt32BE(id);
    return bytes;
  }

  get(bytes: Buffer): Handle | undefined {
    return bytes.length === handleBytes ? this.#open.get(bytes.readUInt32BE()) : undefined;
  }

  /** Takes the handle out: later requests on it are refused. */
  take(bytes: Buffer): Handle | undefined {
    const handle = this.get(bytes);
    if (handle !== undefined) this.#open.delete(bytes.readUInt32BE());
    return handle;
  }

  /** Takes out all. */
  takeAll(): Handle[] {
    const handles = [...this.#open.values()];
    this.#open.clear();
    return handles;
  }

  /** Uploads that a client has open. */
  get uploads(): number {
    let count = 0;
    for (const handle of this.#open.values()) if (handle.kind === 'upload') count += 1;
    return count;
  }
}

export interface UploadHandleOptions {
  /** Absolute in the account's tree. */
  readonly path: string;
  readonly start: UploadStart;
  /** Bytes that were there before, where the upload starts behind them. */
  readonly base: number;
  /** Opens the upload at an offset. Already done where `opened` is given. */
  readonly open: (offset: number) => Promise<Upload>;
  readonly opened?: Upload;
}

/**
 * An open file on its way in. Calls may overlap: they take effect in the order made, because
 * clients send many WRITEs before they read the first answer. After one WRITE has failed the
 * upload can only be aborted: a file with a part missing is never committed, even where the
 * client does not look at the answers and sends CLOSE.
 */
export class UploadHandle {
  readonly kind = 'upload';
  readonly path: string;
  readonly openedAt = performance.now();
  readonly #start: UploadStart;
  readonly #base: number;
  readonly #open: (offset: number) => Promise<Upload>;
  #upload: Upload | undefined;
  #tail: Promise<void> = Promise.resolve();
  #broken: Error | undefined;
  #shift: number | undefined;
  #declaredSize: number | undefined;
  #received = 0;
  #closed: Promise<unknown> | undefined;

  constructor(options: UploadHandleOptions) {
    this.path = options.path;
    this.#start = options.start;
    this.#base = options.base;
    this.#open = options.open;
    this.#upload = options.opened;
  }

  /** Bytes that came through this handle. */
  get received(): number {
    return this.#received;
  }

  /**
   * Resolves when the chunk is taken; behind a CLOSE that has come already, when that is done too:
   * its sender waits for both, and their answers can go out together.
   */
  async write(position: number, chunk: Uint8Array): Promise<void> {
    await this.#take(position, chunk);
    await this.#closed;
  }

  #take(position: number, chunk: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      try {
        this.#upload ??= await this.#open(Math.min(position, this.#base));
        await this.#upload.writeAt(this.#placeOf(position), chunk);
        this.#received += chunk.byteLength;
      } catch (error) {
        this.#broken = error instanceof Error ? error : new Error('write failed', { cause: error });
        throw error;
      }
    });
  }

  /** Size after the writes so far. */
  size(): Promise<number> {
    return this.#inTurn(() => this.#upload?.size ?? this.#base);
  }

  /** Resolves when the writes so far were taken. Rejects where one of them was not. */
  settled(): Promise<void> {
    return this.#inTurn(() => {
      if (this.#broken !== undefined) throw this.#broken;
    });
  }

  /**
   * FSETSTAT with a size. OpenSSH truncates to what was acknowledged when an upload is broken
   * off: always after `scp` (then it is the whole size where all went well), and after `reput`
   * only then. So the size is taken as what the client believes to have sent, compared at close.
   */
  declareSize(size: number): Promise<void> {
    return this.#inTurn(() => {
      this.#declaredSize = size;
      if (this.#start === 'end') {
        this.#broken ??= new TreeError('incomplete', 'the client cut the resumed upload short');
      }
    });
  }

  /**
   * Resolves when the bytes are safe; `unwritten` where there was nothing to keep (opened in
   * place, never written). Rejects where the upload is not whole: it is aborted then.
   */
  close(): Promise<'committed' | 'unwritten'> {
    const result = this.#commit();
    this.#closed = result.catch(ignore);
    return result;
  }

  #commit(): Promise<'committed' | 'unwritten'> {
    return this.#inTurn(async () => {
      const upload = this.#upload;
      const fault = this.#broken ?? this.#sizeFault();
      if (fault !== undefined) {
        await upload?.interrupt(fault.message);
        throw fault;
      }
      if (upload === undefined) return 'unwritten';
      await upload.commit();
      return 'committed';
    });
  }

  /** The transfer ended without a CLOSE. Never rejects. */
  interrupt(reason: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#upload?.interrupt(reason);
    });
  }

  #sizeFault(): TreeError | undefined {
    const declared = this.#declaredSize;
    const arrived = this.#upload?.size ?? this.#base;
    if (declared === undefined || declared === arrived) return undefined;
    return new TreeError(
      'incomplete',
      `the client declared ${String(declared)} bytes, ${String(arrived)} arrived`,
    );
  }

  #placeOf(position: number): number {
    if (this.#start !== 'end') return position;
    this.#shift ??= appendShift(this.#base, position);
    return position + this.#shift;
  }

  #inTurn<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.then(ignore, ignore);
    return result;
  }
}

/**
 * What to add to the offsets of a handle opened with APPEND. OpenSSH and ssh2 give absolute
 * offsets, which start at the present size; others rely on APPEND and count from 0. Any other
 * first offset means that the client saw another size: writing would scramble the file.
 */
function appendShift(base: number, firstOffset: number): number {
  if (firstOffset === base) return 0;
  if (firstOffset === 0) return base;
  throw new TreeError(
    'incomplete',
    `cannot append at byte ${String(firstOffset)}: the file has ${String(base)} bytes`,
  );
}

function ignore(): void {
  // The caller of the request has the error; the queue only waits.
}

/** Where an upload begins to write. */
type UploadStart =
  /** An empty file, whatever was there. */
  | 'fresh'
  /** The end of what is there. */
  | 'end'
  /** Neither cut nor appended to (`scp`, some resuming clients): the offset of the first WRITE decides. */
  | 'first-write';

type OpenPlan =
  | { readonly kind: 'refuse'; readonly code: StatusCode; readonly reason: string }
  | {
      readonly kind: 'upload';
      readonly start: UploadStart;
      /** Without CREAT a missing file is an error. */
      readonly mustExist: boolean;
      /** With EXCL a present one is. */
      readonly mustBeNew: boolean;
    };

/**
 * What an OPEN asks for. Decided on the numeric flags: the string forms of ssh2 have none for
 * WRITE|CREAT, with which `scp` opens.
 */
export function planOpen(flags: number): OpenPlan {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if (!has(openFlag.write)) {
    return {
      kind: 'refuse',
      code: status.permissionDenied,
      reason: 'this server only takes uploads',
    };
  }
  const create = has(openFlag.create);
  return {
    kind: 'upload',
    start: has(openFlag.truncate) ? 'fresh' : has(openFlag.append) ? 'end' : 'first-write',
    mustExist: !create,
    mustBeNew: create && has(openFlag.exclusive),
  };
}
