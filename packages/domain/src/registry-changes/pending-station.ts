import type { BilingualText } from '@envigate/contracts';
import { placeFile } from '../normalise/place-file.ts';
import { stationFolder } from '../file-names/folders.ts';
import { parseStationFile } from '../station-files/parse-station-file.ts';
import type { UnknownStation } from './propose-station.ts';
import type { RegistryView } from '../registry/registry-view.ts';

/** A station that an account sends for and the registry does not have, known by its files in quarantine. */
export interface PendingStation {
  readonly account: string;
  /** What names it in the names of its files; where those differ in digits, with `#` for each digit. */
  readonly prefix: string;
  /** The different prefixes that are shown as this one: how many, and which come first and last. */
  readonly prefixes: { readonly count: number; readonly first: string; readonly last: string };
  /** That its files lie in, without days and months; '/' for the account's root. */
  readonly folder: string;
  /** That wait for it. */
  readonly files: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** The newest of them. */
  readonly example: {
    readonly fileId: string;
    readonly name: string;
    readonly content: Uint8Array;
  };
  readonly dismissed: Dismissal | null;
}

export interface Dismissal {
  readonly at: Date;
  readonly actor: string;
  readonly note: string;
}

/** False once the registry has the station, or no longer the account: its files wait for a replay. */
export function isStillPending(
  { account, folder, example: { name } }: Pick<PendingStation, 'account' | 'folder' | 'example'>,
  registry: RegistryView,
): boolean {
  const place = placeFile({ account, folder, name }, registry);
  return place.kind === 'refused' && place.reason === 'unknown-station';
}

export type PendingChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'unclear'; readonly reason: BilingualText }
  | { readonly kind: 'one'; readonly station: UnknownStation };

/**
 * Which of the pending stations of one account and prefix a person means: that of the folder given,
 * or the only one, or where any folder is meant the one seen last. `pending` are those seen last first.
 */
export function choosePending(
  pending: readonly PendingStation[],
  folder: string | undefined,
  anyFolder = false,
): PendingChoice {
  const own = folder === undefined ? undefined : stationFolder(folder);
  const meant = own === undefined ? pending : pending.filter((station) => station.folder === own);
  const [station] = meant;
  if (station === undefined) return { kind: 'none' };
  if (meant.length > 1 && !anyFolder) {
    const folders = meant.map((one) => `'${one.folder}'`).join(', ');
    const reason = {
      vi: `'${station.prefix}' chờ khai báo trong các thư mục ${folders}: chọn một thư mục, hoặc chọn mọi thư mục`,
      en: `'${station.prefix}' is pending in the folders ${folders}: say which of them, or that any folder is meant`,
    };
    return { kind: 'unclear', reason };
  }
  return { kind: 'one', station: unknownStationOf(station, pending.length > 1) };
}

/** What is known of it, for a proposal. */
function unknownStationOf(pending: PendingStation, isInSeveralFolders: boolean): UnknownStation {
  const { account, prefixes, folder, example } = pending;
  return {
    ...{ account, folder, isInSeveralFolders },
    prefix: prefixes.count === 1 ? prefixes.first : undefined,
    inCommon: commonPrefix(prefixes.first, prefixes.last),
    symbols: symbolsOf(pending),
    exampleName: example.name,
  };
}

/**
 * What two prefixes, and so all between them, begin with, as whole words: `HN_T05_041B` and
 * `HN_T05_042B` → `HN_T05`. Undefined where that names nothing.
 */
function commonPrefix(first: string, last: string): string | undefined {
  if (first === last) return first;
  let end = 0;
  while (end < first.length && first[end] === last[end]) end++;
  const common = first
    .slice(0, end)
    .replace(/[\p{L}\p{M}\p{N}]*$/u, '')
    .replace(/[_ .-]+$/, '');
  return /\p{L}/u.test(common) ? common : undefined;
}

/** Symbols of its newest file, each once, in their order; none where that cannot be read. */
export function symbolsOf({
  example,
  lastSeenAt,
}: Pick<PendingStation, 'example' | 'lastSeenAt'>): readonly string[] {
  const receivedAtMs = lastSeenAt.getTime();
  const parsed = parseStationFile(example.content, { utcOffsetMinutes: 420, receivedAtMs });
  return parsed.kind === 'parsed' ? [...new Set(parsed.lines.map(({ symbol }) => symbol))] : [];
}
