/** What a server's "no" means, in the words that its protocol has for it. */
export type Meaning =
  /** The name is taken by a file that this request may not replace. */
  | 'exists'
  /** There is no file of that name. */
  | 'missing'
  /** The server does not know the request. */
  | 'unsupported'
  /** A verdict on this very name (FTP 553). */
  | 'bad-name'
  /** Not allowed, now or later. */
  | 'denied'
  /** A "no" without a reason (SFTP FAILURE): not allowed, a full disk, or anything else. */
  | 'unclear'
  /** Perhaps later: busy, no room, not logged in. */
  | 'not-now'
  /** The server ends this session; a new one may be welcome (FTP 421). */
  | 'session-ended';

/** An answer of the server: it did not do what was asked. The session goes on, except after 421. */
export class Refusal extends Error {
  readonly meaning: Meaning;
  /** Of a rename: whether it was the old name that was refused. */
  readonly isOfOldName: boolean;

  constructor(
    message: string,
    meaning: Meaning,
    options: ErrorOptions & { readonly isOfOldName?: boolean } = {},
  ) {
    super(message, options);
    this.name = 'Refusal';
    this.meaning = meaning;
    this.isOfOldName = options.isOfOldName ?? false;
  }

  /** The same request will get the same answer tomorrow. */
  get isForGood(): boolean {
    return this.meaning !== 'not-now' && this.meaning !== 'session-ended';
  }
}

/** 'untold': the server does not say. */
export type RemoteSize = number | 'missing' | 'untold';

/** A rename that depends on the size of the file. */
export interface MeasuredRename {
  readonly from: string;
  readonly to: string;
  readonly isRight: (size: RemoteSize) => boolean;
  /** The next request is to store a file, at once: what it needs may be asked for together with this one. */
  readonly isFollowed: boolean;
}

/** What became of it. */
export interface Renaming {
  readonly size: RemoteSize;
  /** The server's confirmation, or its "no"; undefined where the size was not right. */
  readonly result: string | Refusal | undefined;
}

/**
 * A folder on another server over one session, one request at a time. Requests reject with a Refusal
 * where the server said no, and with any other error where the session is not to be used further.
 */
export interface RemoteFolder {
  /** Writes a whole file, over any that has the name. Resolves with the server's confirmation. */
  store(name: string, bytes: Uint8Array): Promise<string>;
  sizeOf(name: string): Promise<RemoteSize>;
  /** Undefined where the server forbids to read. Rejects where more than `maxBytes` come. */
  read(name: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Resolves with the server's confirmation. Replaces an existing file only where that is atomic. */
  rename(from: string, to: string): Promise<string>;
  /** Renames where `isRight` says that the size is; only requests that change nothing come before that. */
  measureAndRename(rename: MeasuredRename): Promise<Renaming>;
  /** False where the server did not. */
  remove(name: string): Promise<boolean>;
}

/** `measureAndRename` by one request after the other. */
export async function measureThenRename(
  folder: Pick<RemoteFolder, 'sizeOf' | 'rename'>,
  { from, to, isRight }: MeasuredRename,
): Promise<Renaming> {
  const size = await folder.sizeOf(from);
  return { size, result: isRight(size) ? await renameOrRefusal(folder, from, to) : undefined };
}

export async function renameOrRefusal(
  folder: Pick<RemoteFolder, 'rename'>,
  from: string,
  to: string,
): Promise<string | Refusal> {
  try {
    return await folder.rename(from, to);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** Servers say in words what their codes leave open, in English or in Vietnamese. */
export function meaningOfWords(text: string): Meaning | undefined {
  if (
    /no space|enough (disk )?space|quota|disk (is )?full|insufficient (disk )?(storage|space)/i.test(
      text,
    )
  )
    return 'not-now';
  if (/no such|not found|not exist|n't exist|cannot find|không tồn tại|không tìm thấy/i.test(text))
    return 'missing';
  if (saysItExists(text)) return 'exists';
  return undefined;
}

export function saysItExists(text: string): boolean {
  return /exists|already|duplicate|overwrite|đã tồn tại|đã có|trùng/i.test(text);
}
