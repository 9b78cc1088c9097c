/**
 * The hall behind the doors: what the FTP and SFTP servers ask of whoever keeps the files.
 * Paths are absolute inside the account's own tree ('/', '/2026/01/a.txt'); a server resolves
 * relative ones before it asks. Implementations refuse anything that leaves the tree.
 */

export type ReceptionProtocol = 'ftp' | 'ftps' | 'sftp';

export interface Peer {
  /** IP address, IPv4 in dotted form even on a dual-stack socket. */
  readonly address: string;
  readonly port: number;
}

export type Credential =
  | { readonly kind: 'password'; readonly password: string }
  /** The server has already verified that the client holds the private key of `publicKey`. */
  | { readonly kind: 'public-key'; readonly algorithm: string; readonly publicKey: Uint8Array };

export interface LoginAttempt {
  readonly user: string;
  readonly credential: Credential;
  readonly protocol: ReceptionProtocol;
  readonly peer: Peer;
}

/** The right to be connected; ends with `leave`, called once. */
export interface Admission {
  leave(): void;
  /** The gateway looks whether its own door answers: nothing of this connection is reported. */
  readonly isOwnProbe?: true;
}

export interface ReceptionHall {
  /**
   * Asked when somebody connects, before any word is exchanged; undefined where the address may not
   * come in now (banned, too many connections of it).
   */
  admit(peer: Peer, protocol: ReceptionProtocol): Admission | undefined;
  /** The account's tree, or undefined where the login is refused. Takes the same time for unknown users. */
  login(attempt: LoginAttempt): Promise<AccountTree | undefined>;
  /** For SFTP's first, unsigned key offer: is this key one of the user's? */
  acceptsKey(user: string, algorithm: string, publicKey: Uint8Array, peer: Peer): Promise<boolean>;
}

export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Bytes; 0 for a folder. */
  readonly size: number;
  readonly modifiedAt: Date;
  /**
   * The bytes of this interrupted upload may be the complete file. A sender that asks for the size, to
   * learn whether the file arrived, would count an equal size as success.
   */
  readonly mayBeComplete?: boolean;
}

export interface UploadOptions {
  /** Byte at which writing starts: 0 for a new file; the present size to append; other values resume (REST). */
  readonly offset: number;
  /** Folders on the way that are missing are made; default: they refuse the upload. */
  readonly makesFolders?: boolean;
}

export interface RenameOptions {
  /**
   * Whether a target of other content is replaced; default true, otherwise TreeError 'exists'. One of
   * the same content never refuses: its sender sends again what it has sent before.
   */
  readonly replaces?: boolean;
}

/** What one account sees. Every method rejects with TreeError where it refuses. */
export interface AccountTree {
  readonly account: string;
  list(folder: string): Promise<readonly TreeEntry[]>;
  stat(path: string): Promise<TreeEntry>;
  makeFolder(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  rename(from: string, to: string, options?: RenameOptions): Promise<void>;
  /** What a client says of a file's time: shown to the account from then on, and no part of the reception. */
  setTime(path: string, modifiedAt: Date): Promise<void>;
  openUpload(path: string, options: UploadOptions): Promise<Upload>;
  /** The session has ended; called once, when no upload of it is open any more. */
  leave(): void;
}

/**
 * One file on its way in. Ends by exactly one of commit, commitProvisionally or interrupt. Nothing is a
 * station file before commit resolves; after it the bytes survive the loss of power.
 */
export interface Upload {
  /** Size so far, with what was there before a resume. */
  readonly size: number;
  /** After commit: what the client should learn beside success, in one line; that the file is held. */
  readonly notice?: string | undefined;
  /** Set by the door. Called where the tree ends the upload while no call waits, as it was too slow; every call refuses then. */
  onExpired?: ((error: TreeError) => void) | undefined;
  /** Writes at the end; resolves when more may be given (back-pressure), and the chunk's memory is not read any more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Writes at a byte position (SFTP). Holes are refused at commit. */
  writeAt(position: number, chunk: Uint8Array): Promise<void>;
  commit(): Promise<void>;
  /** As durable as by commit, but a station file only when it is confirmed. */
  commitProvisionally(): Promise<ProvisionalFile>;
  /** The transfer ended early: its bytes are kept as a partial file, never as a station file. Never rejects. */
  interrupt(reason: string, bytes?: InterruptedBytes): Promise<void>;
}

/** What happens to the bytes of an interrupted upload; `discard` where they may be another sender's. Default keep. */
export type InterruptedBytes = 'keep' | 'discard';

/**
 * A file that is durable, while its upload may still turn out to be interrupted. Ends by exactly one of
 * both; until then it is no station file.
 */
export interface ProvisionalFile {
  confirm(): void;
  /** Its bytes are kept as a partial file, never as a station file. Never rejects. */
  interrupt(reason: string, bytes?: InterruptedBytes): Promise<void>;
}

export type TreeErrorCode =
  | 'not-found'
  | 'exists'
  | 'not-a-folder'
  | 'not-a-file'
  | 'not-empty'
  | 'bad-name'
  | 'not-permitted'
  | 'too-large'
  | 'incomplete'
  /** No room now (disk, spool, memory): the client should try again later. */
  | 'no-room'
  /** What the account may send or keep is used up: trying again soon does not help. */
  | 'quota-used-up'
  /** The upload brought next to nothing, or took too long. */
  | 'too-slow'
  /** A fault of ours: the client should try again later. */
  | 'unavailable';

const retryableCodes: readonly TreeErrorCode[] = ['no-room', 'too-slow', 'unavailable'];

/** Why the tree refused. `retryable` says whether the same request may succeed later. */
export class TreeError extends Error {
  readonly code: TreeErrorCode;
  readonly retryable: boolean;

  constructor(code: TreeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TreeError';
    this.code = code;
    this.retryable = retryableCodes.includes(code);
  }
}

const limitText = 'The account has as many sessions as it may have: end one, or try again later.';

/** What the client reads if `login` rejected because the account has no session left; otherwise undefined. */
export function sessionLimitText(error: unknown): string | undefined {
  return error instanceof TreeError && error.code === 'no-room' ? limitText : undefined;
}
