import type { RemoteSite } from '@envigate/contracts';
import { formatLocalTime } from '../times/local-time.ts';

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

/** Sites are scheduled, and their dated folders named, by Vietnam's clock. */
const siteOffsetMinutes = 7 * 60;
const dayMs = 86_400_000;
/** After so long a listing that counts in whole minutes shows every later change. */
const coarseMs = 120_000;
const maxNameBytes = 200;
const maxPathBytes = 1024;
const controlCharacter = /[\u0000-\u001f\u007f]/;

export interface RemoteFolder {
  readonly path: string;
  /** Named after a day: it may well not be there yet. */
  readonly isDated: boolean;
}

/** The folders to look into now: {yyyy}, {MM} and {dd} stand for today and for yesterday. */
export function foldersToLook(templates: readonly string[], nowMs: number): RemoteFolder[] {
  const days = [nowMs, nowMs - dayMs].map((instant) => formatLocalTime(instant, siteOffsetMinutes));
  const folders = new Map<string, RemoteFolder>();
  for (const template of templates) {
    const isDated = /\{(yyyy|MM|dd)\}/.test(template);
    for (const day of days) {
      const path = trimSlash(
        template
          .replaceAll('{yyyy}', day.slice(0, 4))
          .replaceAll('{MM}', day.slice(4, 6))
          .replaceAll('{dd}', day.slice(6, 8)),
      );
      folders.set(path, { path, isDated });
    }
  }
  return [...folders.values()];
}

export function trimSlash(path: string): string {
  return path === '/' ? path : path.replace(/\/+$/, '') || '/';
}

export function remotePath(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** The folder as a receipt reports it: absolute, however the registry wrote it. */
export function receivedFolder(folder: string): string {
  const names = folder.split('/').filter((name) => name !== '' && name !== '.');
  return `/${names.join('/')}`;
}

/**
 * Whether a folder is the one that taken files are moved to, and so is not looked into. Where one
 * of the two paths is relative nobody knows what it is relative to: then the same end is enough.
 */
export function isMoveTarget(path: string, moveTo: string | undefined): boolean {
  if (moveTo === undefined) return false;
  const [a, b] = [receivedFolder(path), receivedFolder(moveTo)];
  if (path.startsWith('/') === moveTo.startsWith('/')) return a === b;
  return path.startsWith('/') ? a.endsWith(b) : b.endsWith(a);
}

/**
 * Whether a listed name can be used at all. A server that lists `../x` or a name with a line break
 * would otherwise make us ask for something else than we believe.
 */
export function isSafeName(folder: string, name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  if (name.includes('/') || controlCharacter.test(name)) return false;
  return utf8Length(name) <= maxNameBytes && utf8Length(remotePath(folder, name)) <= maxPathBytes;
}

/** What the ledger remembers of a file that is safe here. */
export interface TakenFile extends RemoteFileState {
  readonly folder: string;
  readonly name: string;
  readonly takenAtMs: number;
  /** The listing's time that stands for `modified`; absent as long as that is not sure. */
  readonly listed?: string | undefined;
}

/** The size and time of a file that was not taken yet, and since when they do not change. */
export interface Sighting {
  readonly size: number;
  readonly listed: string;
  /** On a clock that nobody sets. */
  readonly sinceMs: number;
}

export type RemoteFileVerdict =
  /** Safe here and unchanged. */
  | 'taken'
  /** The listing alone cannot tell whether it changed since it was taken: stat must. */
  | 'ask'
  /** New or changed, and may still be being written. */
  | 'settling'
  /** New or changed, and has not changed long enough. */
  | 'settled';

export interface RemoteFileFacts {
  readonly taken: TakenFile | undefined;
  readonly sighting: Sighting | undefined;
  /** On the sightings' clock, when the listing was asked for. */
  readonly nowMs: number;
  readonly stableMs: number;
}

/** What to do with a listed file. Neither its age nor its name takes part: late files are normal. */
export function judgeRemoteFile(entry: RemoteEntry, facts: RemoteFileFacts): RemoteFileVerdict {
  const { taken, sighting, nowMs, stableMs } = facts;
  if (taken?.size === entry.size) return taken.listed === entry.listed ? 'taken' : 'ask';
  const isSame = sighting?.size === entry.size && sighting.listed === entry.listed;
  return isSame && nowMs - sighting.sinceMs >= stableMs ? 'settled' : 'settling';
}

/**
 * The entry's time, once it is sure to change with the file. A listing in whole minutes is so only
 * when the file was looked at (`atMs`) after the minute in which it was taken.
 */
export function sureListedTime(
  { isCoarse, listed }: RemoteEntry,
  { takenAtMs }: Pick<TakenFile, 'takenAtMs'>,
  atMs: number,
): string | undefined {
  return !isCoarse || atMs - takenAtMs >= coarseMs ? listed : undefined;
}

export function isSameState(a: RemoteFileState, b: RemoteFileState): boolean {
  return a.size === b.size && a.modified === b.modified;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
