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
export interface FileAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly atime: number;
  readonly mtime: number;
}

export interface NameEntry {
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
