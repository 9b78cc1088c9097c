import type { TreeEntry } from '@envigate/domain';
import type { FileAttributes, NameEntry } from './protocol.ts';

const fileMode = 0o100640;
const folderMode = 0o040750;
const maxSeconds = 0xffffffff;

/** How a tree entry looks to a client. Owner numbers mean nothing here and are 0. */
export function attributesOf(
  entry: Pick<TreeEntry, 'kind' | 'size' | 'modifiedAt'>,
): FileAttributes {
  const seconds = Math.floor(entry.modifiedAt.getTime() / 1000);
  // The field is an unsigned 32-bit number: clamped, where wrapping would show another century.
  const time = Math.min(Math.max(Number.isNaN(seconds) ? 0 : seconds, 0), maxSeconds);
  return {
    mode: entry.kind === 'folder' ? folderMode : fileMode,
    uid: 0,
    gid: 0,
    size: entry.size,
    atime: time,
    mtime: time,
  };
}

export function nameEntryOf(entry: TreeEntry, owner: string, now: Date): NameEntry {
  return {
    filename: entry.name,
    longname: longnameOf(entry, owner, now),
    attrs: attributesOf(entry),
  };
}

/** As OpenSSH's server writes it, in UTC: clients parse this line too. */
export function longnameOf(entry: TreeEntry, owner: string, now: Date): string {
  const isFolder = entry.kind === 'folder';
  return [
    isFolder ? 'drwxr-x---' : '-rw-r-----',
    (isFolder ? '2' : '1').padStart(4),
    owner.padEnd(8),
    owner.padEnd(8),
    String(entry.size).padStart(8),
    listingTime(entry.modifiedAt, now),
    entry.name,
  ].join(' ');
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const halfYearMs = 182 * 24 * 3600 * 1000;

/** 'Nov 23 23:05' for the last half year, 'Nov 23  2025' for anything else, as `ls` does. */
function listingTime(instant: Date, now: Date): string {
  if (Number.isNaN(instant.getTime())) return listingTime(new Date(0), now);
  const day = `${months[instant.getUTCMonth()] ?? ''} ${String(instant.getUTCDate()).padStart(2)}`;
  const age = now.getTime() - instant.getTime();
  return age < 0 || age > halfYearMs
    ? `${day}  ${String(instant.getUTCFullYear())}`
    : `${day} ${instant.toISOString().slice(11, 16)}`;
}
