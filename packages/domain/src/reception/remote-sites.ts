import type { RemoteSite } from '@envigate/contracts';

/**
 * Servers of others that station files are fetched from. Paths are the server's own, with '/'
 * between names; a relative one begins where the login leads to.
 */

export interface RemoteEntry {
  readonly name: string;
  /** other: links, devices; they are left alone. */
  readonly kind: 'file' | 'folder' | 'other';
  /** Bytes. */
  readonly size: number;
  /**
   * The time of the last change as the listing reports it. Only compared with itself: neither its
   * form nor its time zone can be relied on (FTP's LIST).
   */
  readonly listed: string;
  /** Whether `listed` may stay the same although the file was written again (whole minutes). */
  readonly isCoarse: boolean;
}

/** What the server says of one file when it is asked about it; whatever writes to the file changes it. */
export interface RemoteFileState {
  readonly size: number;
  /** Time of the last change, as fine as the server reports it; only compared with itself. */
  readonly modified: string;
}

/**
 * One logged-in connection, for one task, one step at a time. Every step rejects with
 * RemoteSiteError, and after a time limit at the latest.
 */
export interface RemoteSession {
  list(folder: string): Promise<readonly RemoteEntry[]>;
  stat(path: string): Promise<RemoteFileState>;
  /** The bytes; rejects where there are more than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
  /** Where there is a file `to` already, some servers refuse and others replace it. */
  move(from: string, to: string): Promise<void>;
  /** With the folders above it; fine where it is there. */
  makeFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Ends it at once, also in the middle of a step, which then rejects. Safe to call twice. */
  close(): void;
}

/** Logs in. Rejects with RemoteSiteError; `signal` gives up. */
export type ConnectRemoteSite = (site: RemoteSite, signal: AbortSignal) => Promise<RemoteSession>;

export type RemoteSiteErrorCode =
  /** The registry's entry cannot be used as it is. */
  | 'site-unusable'
  | 'site-unreachable'
  /** The host key is not one of those pinned, or the certificate is not good. Nothing was sent. */
  | 'site-not-trusted'
  | 'login-refused'
  | 'timeout'
  | 'connection-lost'
  | 'not-found'
  | 'not-permitted'
  /** The server refused the request without saying clearly why. */
  | 'refused';

const codesOfOneFile: readonly RemoteSiteErrorCode[] = ['not-found', 'not-permitted', 'refused'];

/** A step that did not succeed. Always worth another attempt at the next round. */
export class RemoteSiteError extends Error {
  readonly code: RemoteSiteErrorCode;
  readonly retryable = true;

  constructor(code: RemoteSiteErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RemoteSiteError';
    this.code = code;
  }

  /** Whether the session can go on with another file or folder. */
  get isOfOneFile(): boolean {
    return codesOfOneFile.includes(this.code);
  }
}
