import { TreeError, endsWithoutName, unixPath } from '@envigate/domain';

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
