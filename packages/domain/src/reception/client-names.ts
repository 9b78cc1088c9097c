// What the paths and names say that clients write.
import { configurationSchema } from '@envigate/contracts';
import { prefixesOfStation, type RegistryView } from '../registry/registry-view.ts';

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

/** How names look, in lower case, under which clients upload a file before they give it its own. */
export interface TemporaryNames {
  readonly beginnings: readonly string[];
  readonly endings: readonly string[];
}

const schema = configurationSchema.properties.receiver.properties.temporaryNames.properties;

/**
 * `receiver.temporaryNames` of the configuration. Known are those of loggers, of WinSCP (`.filepart`),
 * lftp (`.in.name`), rsync (`.name.x`), ncftpput (`tmp.name`), Apache Camel (`UPLOADING_name`,
 * `.camelLock`), Spring Integration (`.writing`), SFTPPlus (`.incomplete`), browsers (`.crdownload`) and
 * old programs of DOS (`.$$$`).
 */
export const defaultTemporaryNames: TemporaryNames = {
  beginnings: schema.beginnings.default,
  endings: schema.endings.default,
};

/**
 * Whether a name is temporary: the sender will give the file another one. A name that begins with a file
 * prefix of one of the sender's stations (`prefixes`) is not temporary by its beginning: a station may be
 * called TMP_01.
 */
export function isTemporaryName(
  name: string,
  { beginnings, endings }: TemporaryNames,
  prefixes: () => readonly string[],
): boolean {
  const lower = name.toLowerCase();
  if (endings.some((ending) => lower.endsWith(ending))) return true;
  if (!beginnings.some((beginning) => lower.startsWith(beginning))) return false;
  return !prefixes().some((prefix) => beginsWithPrefix(lower, prefix.toLowerCase()));
}

/** File prefixes of the stations that the account may send for; none where there is no such account. */
export function filePrefixesOf(view: RegistryView, accountCode: string): readonly string[] {
  const stations = view.accounts.get(accountCode)?.stations ?? [];
  return stations.flatMap((code) => {
    const station = view.stations.get(code);
    return station === undefined ? [] : prefixesOfStation(station);
  });
}

/** A prefix is never found within a longer word. */
function beginsWithPrefix(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && !/^\p{L}/u.test(name.slice(prefix.length));
}

/** `receiver.markerEndings` of the configuration. */
export const defaultMarkerEndings: readonly string[] =
  configurationSchema.properties.receiver.properties.markerEndings.default;

/**
 * Whether a file is a sign to whoever fetches files that the one beside it is whole (`a.txt.done`,
 * `done`) or not to be touched (`a.txt.lck`): a name of that kind, and no bytes. `endings` in lower case.
 */
export function isMarkerFile(name: string, size: number, endings: readonly string[]): boolean {
  if (size !== 0) return false;
  const lower = `.${name.toLowerCase()}`;
  return endings.some((ending) => lower.endsWith(ending));
}
