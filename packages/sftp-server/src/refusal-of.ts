import { TreeError, type TreeErrorCode } from '@envigate/domain';
import { refusal, status, type Reply, type StatusCode } from './protocol.ts';

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
