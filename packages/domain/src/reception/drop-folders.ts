import type { DropFolder } from '@envigate/contracts';

/**
 * Folders of this machine that another server puts files into. Paths are absolute below the drop
 * folder, with '/' between names and one character for each byte (ISO 8859-1): what loggers call
 * their files need not be UTF-8.
 */

/** A regular file as one look at it found. */
export interface DropFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970, with fractions. */
  readonly modifiedAt: number;
  readonly inode: number;
}

/** What was found between two instants of a clock that never jumps, in milliseconds. */
export interface DropLook {
  readonly from: number;
  readonly to: number;
  readonly files: readonly DropFile[];
  /** Folders that were entered. */
  readonly folders: number;
  readonly emptyFolders: readonly { readonly path: string; readonly modifiedAt: number }[];
  /** What no file can be taken from, because of what it is or who may read it. */
  readonly obstacles: readonly DropObstacle[];
}

/** other: neither a regular file nor a folder: links, pipes, devices. Never opened, never followed. */
export interface DropObstacle {
  readonly path: string;
  readonly kind: 'unreadable' | 'other';
}

export type DropRead =
  /** The bytes of exactly the state that was asked for: it did not change before or meanwhile. */
  | { readonly kind: 'read'; readonly content: Uint8Array }
  | { readonly kind: 'changed' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly reason: string };

export type DropFinish =
  /** Removed or moved, or gone already. */
  | { readonly kind: 'done' }
  /** It is another file by now, and was left alone. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What is done with files that are safe. */
export type DropAfterTaking =
  { readonly kind: 'delete' } | { readonly kind: 'move'; readonly to: string };

/**
 * Something may have happened at these paths; or at more than can be named, or unseen from now on:
 * only a scan shows. Never relied on.
 */
export type DropHint = readonly string[] | 'scan';

/** The only way to the files of one drop folder. Calls reject where the folder itself is away. */
export interface DropFolderDisk {
  /** Everything below the folder, in portions. */
  scan(): AsyncIterable<DropLook>;
  /** What lies at or below the paths. */
  look(paths: readonly string[]): Promise<DropLook>;
  /** Outcomes in the order of the files. */
  read(files: readonly DropFile[]): Promise<readonly DropRead[]>;
  /** Outcomes in the order of the files. A file that is not in this very state is left alone. */
  finish(files: readonly DropFile[], afterTaking: DropAfterTaking): Promise<readonly DropFinish[]>;
  /** Removes those that are empty. */
  removeFolders(paths: readonly string[]): Promise<void>;
  /**
   * Hints from now on. Resolves to true where they were not given already for the folder that is
   * there now. Rejects where the system has no more watches. May take long; other calls need not
   * wait for it.
   */
  watch(): Promise<boolean>;
  unwatch(): Promise<void>;
}

/** The files that were taken and are still there; survives the end of the process. */
export interface DropLedger {
  readonly size: number;
  /** What the ledger knows a file in this state by. */
  keyOf(file: DropFile): string;
  has(key: string): boolean;
  /** Resolves when they are remembered durably; rejects where only until the process ends. */
  add(keys: readonly string[]): Promise<void>;
  /** Forgets all others. */
  keepOnly(keys: ReadonlySet<string>): Promise<void>;
}

export interface OpenedDropFolder {
  readonly disk: DropFolderDisk;
  readonly ledger: DropLedger;
  close(): Promise<void>;
}

export type OpenDropFolder = (
  folder: DropFolder,
  onHint: (hint: DropHint) => void,
) => Promise<OpenedDropFolder>;
