import { openFlag, status, type StatusCode } from './protocol.ts';

/** Where an upload begins to write. */
export type UploadStart =
  /** An empty file, whatever was there. */
  | 'fresh'
  /** The end of what is there. */
  | 'end'
  /** Neither cut nor appended to (`scp`, some resuming clients): the offset of the first WRITE decides. */
  | 'first-write';

export type OpenPlan =
  | { readonly kind: 'refuse'; readonly code: StatusCode; readonly reason: string }
  | {
      readonly kind: 'upload';
      readonly start: UploadStart;
      /** Without CREAT a missing file is an error. */
      readonly mustExist: boolean;
      /** With EXCL a present one is. */
      readonly mustBeNew: boolean;
    };

/**
 * What an OPEN asks for. Decided on the numeric flags: the string forms of ssh2 have none for
 * WRITE|CREAT, with which `scp` opens.
 */
export function planOpen(flags: number): OpenPlan {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if (!has(openFlag.write)) {
    return {
      kind: 'refuse',
      code: status.permissionDenied,
      reason: 'this server only takes uploads',
    };
  }
  const create = has(openFlag.create);
  return {
    kind: 'upload',
    start: has(openFlag.truncate) ? 'fresh' : has(openFlag.append) ? 'end' : 'first-write',
    mustExist: !create,
    mustBeNew: create && has(openFlag.exclusive),
  };
}
