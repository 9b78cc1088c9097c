import {
  TreeError,
  endsWithoutName,
  unixPath,
  type TreeEntry,
  type TreeErrorCode,
} from '@envigate/domain';

/**
 * Numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02), and the answers that a handler can
 * give. Kept apart from ssh2, so that deciding needs no connection.
 */
export const status = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;

export type StatusCode = (typeof status)[keyof typeof status];

export const openFlag = {
  read: 0x01,
  write: 0x02,
  append: 0x04,
  create: 0x08,
  truncate: 0x10,
  exclusive: 0x20,
} as const;

/** Attributes as they travel: times in whole seconds since 1970 UTC, mode with the file type. */
interface FileAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly atime: number;
  readonly mtime: number;
}

interface NameEntry {
  readonly filename: string;
  /** A line as `ls -l` prints it; the sftp client shows it verbatim. */
  readonly longname: string;
  readonly attrs: FileAttributes;
}

/** The one answer to a request. */
export type Reply =
  | { readonly kind: 'status'; readonly code: StatusCode; readonly message?: string }
  | { readonly kind: 'handle'; readonly handle: Buffer }
  | { readonly kind: 'names'; readonly entries: readonly NameEntry[] }
  | { readonly kind: 'attributes'; readonly attributes: FileAttributes }
  /** What an extension answers beside a status. */
  | { readonly kind: 'extended'; readonly data: Buffer };

export const ok: Reply = { kind: 'status', code: status.ok };
export const endOfFile: Reply = { kind: 'status', code: status.endOfFile };

export function refusal(code: StatusCode, message: string): Reply {
  return { kind: 'status', code, message };
}

/** The answer to a request that cannot be read to its end. */
export const malformed: Reply = refusal(status.badMessage, 'malformed request');

/**
 * The answer to a request that the tree refused. Version 3 has few codes: what it cannot say
 * is FAILURE with the reason in words, which clients print. Undefined for an error that is not
 * a refusal: a fault of ours.
 */
export function refusalOf(error: unknown): Reply | undefined {
  return error instanceof TreeError ? refusal(codeOf(error.code), error.message) : undefined;
}

function codeOf(code: TreeErrorCode): StatusCode {
  switch (code) {
    case 'not-found':
      return status.noSuchFile;
    case 'not-permitted':
      return status.permissionDenied;
    case 'exists':
    case 'not-a-folder':
    case 'not-a-file':
    case 'not-empty':
    case 'bad-name':
    case 'too-large':
    case 'incomplete':
    case 'no-room':
    case 'quota-used-up':
    case 'too-slow':
    case 'unavailable':
      return status.failure;
  }
}

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

/** OpenSSH's extensions that this server speaks, by the version of each. */
export const extensions = {
  'posix-rename@openssh.com': '1',
  'fsync@openssh.com': '1',
  'statvfs@openssh.com': '2',
  'fstatvfs@openssh.com': '2',
} as const;

type ExtensionName = keyof typeof extensions;

/** What the extensions do; the paths are as the client wrote them. */
interface ExtensionRequests {
  posixRename(from: string, to: string): Promise<Reply>;
  fsync(handle: Buffer): Promise<Reply>;
  statvfs(path: string): Promise<Reply>;
  fstatvfs(handle: Buffer): Promise<Reply>;
}

const unsupported = refusal(status.unsupported, 'this extension is not supported');

export function isExtension(name: string): name is ExtensionName {
  return Object.hasOwn(extensions, name);
}

/** Reads the fields of an EXTENDED request, and asks for what it wants. */
export function answerExtension(
  name: string,
  data: Buffer | undefined,
  requests: ExtensionRequests,
): Promise<Reply> {
  if (!isExtension(name)) return Promise.resolve(unsupported);
  const [first, second] = readStrings(data ?? Buffer.alloc(0));
  if (first === undefined) return Promise.resolve(malformed);
  switch (name) {
    case 'posix-rename@openssh.com':
      if (second === undefined) return Promise.resolve(malformed);
      return requests.posixRename(first.toString(), second.toString());
    case 'fsync@openssh.com':
      return requests.fsync(first);
    case 'statvfs@openssh.com':
      return requests.statvfs(first.toString());
    case 'fstatvfs@openssh.com':
      return requests.fstatvfs(first);
  }
}

/**
 * What `df` shows, the same to everybody and at all times. What an account may send is bounded by
 * its quotas and by the gateway's spool, neither of which is a disk; how large the gateway's disk
 * is and how full, is no sender's business; and a logger that looks before it sends must send.
 * Where there is no room, the upload itself is refused.
 */
export const fileSystemReply: Reply = { kind: 'extended', data: fileSystem() };

function fileSystem(): Buffer {
  const blockBytes = 4096n;
  const blocks = 2n ** 40n / blockBytes;
  const files = 2n ** 32n;
  const noSetuid = 2n;
  const maxNameBytes = 235n;
  const fields = [
    ...[blockBytes, blockBytes, blocks, blocks / 2n, blocks / 2n],
    ...[files, files / 2n, files / 2n, 0n, noSetuid, maxNameBytes],
  ];
  const data = Buffer.alloc(8 * fields.length);
  fields.forEach((field, i) => data.writeBigUInt64BE(field, 8 * i));
  return data;
}

/** The strings of the data, each its length and its bytes; those before the first that is cut. */
function readStrings(data: Buffer): Buffer[] {
  const strings: Buffer[] = [];
  let at = 0;
  while (data.length - at >= 4) {
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) break;
    strings.push(data.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

/** Linux limits; what a name may consist of is the hall's decision. */
const maxPathBytes = 4096;
const maxNameBytes = 255;

/**
 * A client's path, which may be one of Windows, as an absolute one inside the account's tree, without
 * '.', '..', doubled or trailing slashes. Relative paths start at the root (there is no working folder
 * in SFTP), and '..' at the root stays there, as in a chroot. Throws TreeError 'bad-name' for NUL and for
 * lengths that no file system takes.
 */
export function resolvePath(path: string): string {
  if (path.includes('\0')) throw new TreeError('bad-name', 'a path cannot contain NUL');
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new TreeError('bad-name', `the path is longer than ${String(maxPathBytes)} bytes`);
  }
  const names: string[] = [];
  for (const name of unixPath(path).split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      names.pop();
      continue;
    }
    if (Buffer.byteLength(name) > maxNameBytes) {
      throw new TreeError(
        'bad-name',
        `a name in the path is longer than ${String(maxNameBytes)} bytes`,
      );
    }
    names.push(name);
  }
  return `/${names.join('/')}`;
}

/**
 * As `resolvePath`, for a file: throws TreeError 'bad-name' also where the path ends without a name.
 * The root passes: the hall answers that it is a folder.
 */
export function resolveFile(path: string): string {
  if (path !== '/' && endsWithoutName(unixPath(path))) {
    throw new TreeError('bad-name', `the name is empty in '${path}'`);
  }
  return resolvePath(path);
}
