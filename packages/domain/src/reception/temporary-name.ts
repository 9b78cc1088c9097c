import { configurationSchema } from '@envigate/contracts';
import { prefixesOfStation } from '../registry/registry-index.ts';
import type { RegistryView } from '../registry/registry-view.ts';

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
