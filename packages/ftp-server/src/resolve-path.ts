import { unixPath } from '@envigate/domain';

const MAX_PATH_CHARACTERS = 1024;

const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * The absolute path that a client means by `argument` when its current folder is `folder`; `argument` may be a
 * path of Windows. `..` at the top stays at the top, as in a chroot. Undefined where the name cannot be one: control characters
 * (NUL, line ends) or more than 1,024 characters.
 */
export function resolvePath(folder: string, argument: string): string | undefined {
  if (CONTROL_CHARACTER.test(argument)) return undefined;
  const named = unixPath(argument);
  const parts = named.startsWith('/') ? [] : folder.split('/').filter((part) => part !== '');
  for (const part of named.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const path = `/${parts.join('/')}`;
  return path.length <= MAX_PATH_CHARACTERS ? path : undefined;
}
