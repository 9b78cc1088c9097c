import type { Duplex } from 'node:stream';
import { unixPath, type TreeEntry } from '@envigate/domain';
import { awaitConnection } from './data-channel.ts';
import type { InterruptionReason, PendingConnection, Transfer } from './data-connection.ts';
import type { LingeringConnections } from './lingering-connections.ts';

/** Sends a listing over the data connection and closes it; the reason where that did not work out. */
export async function sendListing(
  bytes: Uint8Array,
  pending: PendingConnection,
  transfer: Transfer,
  lingering: LingeringConnections,
): Promise<InterruptionReason | undefined> {
  const opened = await awaitConnection(pending, transfer);
  if (typeof opened === 'string') return opened;
  const { stream } = opened;
  const sent = await send(stream, bytes, transfer);
  if (!sent) {
    stream.destroy();
    return transfer.interruption ?? 'data-lost';
  }
  transfer.bytes = bytes.length;
  lingering.add(stream);
  return undefined;
}

function send(stream: Duplex, bytes: Uint8Array, transfer: Transfer): Promise<boolean> {
  return new Promise((resolve) => {
    if (stream.destroyed) {
      resolve(false);
      return;
    }
    const settle = (sent: boolean): void => {
      transfer.onInterrupt = undefined;
      stream.off('finish', onFinish).off('close', onClose);
      resolve(sent);
    };
    const onFinish = (): void => settle(true);
    const onClose = (): void => settle(false);
    transfer.onInterrupt = () => settle(false);
    stream.on('finish', onFinish).on('close', onClose);
    // Read on, to notice that the peer closes.
    stream.resume();
    stream.end(bytes);
  });
}

/** What LIST or NLST asks for: a path (empty: here) and, where its last part is a pattern, that pattern. */
interface ListRequest {
  readonly path: string;
  readonly pattern?: string;
}

/**
 * Reads the argument of LIST or NLST. Clients pass options of `ls` (`LIST -la folder`), which do
 * not matter here, and patterns (`NLST *.txt`).
 */
export function parseListRequest(argument: string): ListRequest {
  const path = unixPath(argument.trimStart().replace(/^(-\S*(\s+|$))+/, ''));
  const slash = path.lastIndexOf('/');
  const last = path.slice(slash + 1);
  return /[*?]/.test(last) ? { path: path.slice(0, slash + 1), pattern: last } : { path };
}

/** Shell patterns of `*` and `?`. Linear in time but for the one restart point, so that no pattern is slow. */
export function matchesPattern(name: string, pattern: string): boolean {
  let at = 0;
  let expected = 0;
  let afterStar = -1;
  let starTook = 0;
  while (at < name.length) {
    if (pattern[expected] === '*') {
      afterStar = expected + 1;
      starTook = at;
      expected = afterStar;
    } else if (pattern[expected] === '?' || pattern[expected] === name[at]) {
      at += 1;
      expected += 1;
    } else if (afterStar !== -1) {
      starTook += 1;
      at = starTook;
      expected = afterStar;
    } else {
      return false;
    }
  }
  while (pattern[expected] === '*') expected += 1;
  return expected === pattern.length;
}

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
