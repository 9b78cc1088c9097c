import { TreeError } from '@envigate/domain';

/** What a client is told when our disk fails: both pass, so it should try again later. */
export function treeErrorOf(error: unknown, what: string): TreeError {
  if (error instanceof TreeError) return error;
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new TreeError('no-room', `${what}: the disk is full`, { cause: error })
    : new TreeError('unavailable', `${what}: the disk failed`, { cause: error });
}
