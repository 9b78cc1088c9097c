/** `\\?\` and `\\.\`, before a drive or `UNC\server\share`. */
const devicePrefix = /^\\\\[?.]\\(?:UNC\\(?=[^\\/]))?/i;
/** `\\server\share`. Doubled separators behind it are those of an escaped path, which is no share. */
const share = /^\\\\[^\\/]+[\\/][^\\/]+(?=$|[\\/](?![\\/]))/;
const drives = /^(?:[a-z]:)+/i;
const driveAsFolder = /(^|\/)[a-z]:(?=\/|$)/gi;
const quoted = /^\s*(["'])(.*)\1\s*$/s;
const windowsMark = /\\|^\s*["']?\/?[a-z]:/i;
const mayBeOfWindows = /[\\:]|^\s*["']/;

/**
 * A client's path with `/` between its folders. Loggers that were set up for a server on Windows
 * write `C:\data\a.txt`, `\data\a.txt`, `\\server\share\a.txt` or `"a.txt"`: what names the volume is
 * dropped, as an account has one, and so are quotation marks around the whole. No name of a station
 * file has a backslash of its own. A path that begins with `/` and has none is returned as it is, but
 * for folders that are called like a drive (`/C:/data/a.txt`).
 */
export function unixPath(path: string): string {
  if (!mayBeOfWindows.test(path)) return path;
  const bare = quoted.exec(path)?.[2] ?? path;
  const device = devicePrefix.exec(bare)?.[0] ?? '';
  const isShare = /unc.$/i.test(device);
  const named = isShare ? `\\\\${bare.slice(device.length)}` : bare.slice(device.length);
  return named
    .replace(share, '')
    .replace(drives, '')
    .replaceAll('\\', '/')
    .replace(driveAsFolder, '$1');
}

/** Whether the client writes paths as Windows does; such a one names folders that it never made here. */
export function isWindowsPath(path: string): boolean {
  return windowsMark.test(path);
}

/** Whether a path, as `unixPath` gives it, has no name at its end: `''`, `/` or `data/`. */
export function endsWithoutName(path: string): boolean {
  return path === '' || path.endsWith('/');
}
