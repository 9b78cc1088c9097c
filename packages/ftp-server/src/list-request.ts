import { unixPath } from '@envigate/domain';

/** What LIST or NLST asks for: a path (empty: here) and, where its last part is a pattern, that pattern. */
export interface ListRequest {
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
