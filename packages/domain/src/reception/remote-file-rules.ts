import type { RemoteEntry, RemoteFileState } from './remote-sites.ts';
import { formatLocalTime } from '../times/local-time.ts';

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
