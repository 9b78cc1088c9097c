import type { TreeEntry } from '@envigate/domain';

/** Facts of MLSD and MLST that we know (RFC 3659 7.5), in the order of sending. */
export const listFacts = ['type', 'size', 'modify'] as const;
export type ListFact = (typeof listFacts)[number];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const RECENT_MS = 182 * 24 * 3600 * 1000;

/**
 * A line of LIST in the form of Unix `ls -l`, which every client reads. Times are UTC; as with
 * `ls`, a time half a year back or ahead of now is written with the year in place of the hour.
 */
export function unixLine(entry: TreeEntry, now: Date): string {
  const mode = entry.kind === 'folder' ? 'drwxr-xr-x' : '-rw-r--r--';
  const links = entry.kind === 'folder' ? 2 : 1;
  const size = String(entry.size).padStart(12);
  return `${mode} ${links} ftp ftp ${size} ${unixTime(entry.modifiedAt, now)} ${printable(entry.name)}`;
}

/**
 * A line of LIST in the form of Windows' `dir`, as IIS sends it: for readers that were written for
 * one. Times are UTC, years have two digits.
 */
export function msdosLine(entry: TreeEntry): string {
  const at = entry.modifiedAt.toISOString();
  const hour = entry.modifiedAt.getUTCHours();
  const date = `${at.slice(5, 7)}-${at.slice(8, 10)}-${at.slice(2, 4)}`;
  const time = `${String(hour % 12 || 12).padStart(2, '0')}${at.slice(13, 16)}${hour < 12 ? 'AM' : 'PM'}`;
  const size = entry.kind === 'folder' ? '       <DIR>         ' : String(entry.size).padStart(21);
  return `${date}  ${time}${size} ${printable(entry.name)}`;
}

/** A line of MLSD or MLST: `type=file;size=320;modify=20260131120000; name`. */
export function factsLine(entry: TreeEntry, name: string, facts: readonly ListFact[]): string {
  const parts = facts.map((fact) => {
    switch (fact) {
      case 'type':
        return entry.kind === 'folder' ? 'type=dir;' : 'type=file;';
      case 'size':
        return entry.kind === 'folder' ? '' : `size=${entry.size};`;
      case 'modify':
        return `modify=${timestamp(entry.modifiedAt)};`;
    }
  });
  return `${parts.join('')} ${printable(name)}`;
}

/** YYYYMMDDHHMMSS in UTC (RFC 3659 2.3). */
export function timestamp(instant: Date): string {
  return instant.toISOString().slice(0, 19).replace(/\D/g, '');
}

/** The bytes of a listing; an empty folder is no bytes, not an empty line. */
export function listingBytes(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
}

/** A name that came in by another door may hold line ends; here it must stay one line. */
export function printable(name: string): string {
  return name.replace(/[\u0000-\u001f\u007f]/g, '?');
}

function unixTime(instant: Date, now: Date): string {
  const month = months[instant.getUTCMonth()] ?? '';
  const day = String(instant.getUTCDate()).padStart(2);
  const age = now.getTime() - instant.getTime();
  const recent = age >= 0 && age < RECENT_MS;
  const last = recent
    ? instant.toISOString().slice(11, 16)
    : String(instant.getUTCFullYear()).padStart(5);
  return `${month} ${day} ${last}`;
}
