import type { Account, Station, Profile } from '@envigate/contracts';
import { sentence, type Sentence } from '../reasons/sentences.ts';
import {
  indexOf,
  type PrefixIndex,
  type SpellingIndex,
  type RegistryView,
} from './registry-view.ts';
import { hasFolders } from './station-folders.ts';
import { findTime } from '../file-names/file-name.ts';

/** What a file itself says of its station. */
export interface FileOrigin {
  readonly account: string;
  /** What names the station in the name of the file, as parseFileName takes it from the stem. */
  readonly prefix: string;
  /** The name without its extension; the prefix where it is absent. */
  readonly stem?: string | undefined;
  /** Below the account's root, absolute. */
  readonly folder: string;
}

export type StationFound =
  /**
   * `by`: the prefix of the name, the folder, the account because it owns no other station, or a
   * person's decision.
   */
  | {
      readonly kind: 'found';
      readonly station: Station;
      readonly by: 'prefix' | 'folder' | 'account' | 'assignment';
      /** Where the prefix is in the stem of the name, where it is not what parseFileName took for it. */
      readonly at?: Span;
    }
  | {
      readonly kind: 'unknown';
      readonly reason: 'unknown-account' | 'unknown-station' | 'other-accounts-station';
      readonly detail: Sentence;
    };

/**
 * The station of a file, by the account that sent it, its name and its folder. In this order:
 *
 * 1. the whole prefix is one of the account's: that station;
 * 2. it is one of another account's: refused, even where the account has one station only;
 * 3. one of the account's is in the name as a word or words: the longest, of one length the first;
 *    refused where a longer one is there that is another account's;
 * 4. the folder is one of a station of the account: that one;
 * 5. the account has one station only, without folders: that one.
 *
 * A prefix is never found within a longer word: NUO1 is not in NUO10. A station that has folders owns
 * nothing elsewhere: its name in another folder is refused, as nothing shows which of the two is wrong.
 * Of several stations that name or folder fits, the one with the most particular folder counts.
 */
export function findStation(registry: RegistryView, origin: FileOrigin): StationFound {
  const { account: accountCode, prefix, stem = prefix, folder } = origin;
  const account = registry.accounts.get(accountCode);
  if (account === undefined) {
    return unknown('unknown-account', sentence('account-unknown@1', accountCode));
  }
  const index = indexOf(registry);
  const { prefixes, folders } = index.account(account);
  const ranks = folders.at(folder);

  const named = prefixes.find(prefix);
  if (named.length > 0) return inItsFolder(named, ranks, prefix, folder);
  const other = index.prefixes.getExact(prefix.normalize('NFC'));
  if (other !== undefined) return ofAnother(prefix, other, accountCode);
  const within = findPrefixWithin(stem, prefixes, index.prefixes);
  if (within?.kind === 'other') return ofAnother(within.prefix, within.station, accountCode);
  if (within !== undefined) {
    const { at, stations } = within;
    const found = inItsFolder(stations, ranks, stem.slice(at.from, at.to), folder);
    return found.kind === 'found' ? { ...found, at } : found;
  }
  if (ranks.size > 0)
    return mostParticular([...ranks.keys()], ranks, { prefix: '', folder }, 'folder');
  return onlyStation(registry, account) ?? unnamed(registry, account, origin);
}

/** The station that a person named for the file, whoever sent it under whatever name. */
export function findAssignedStation(registry: RegistryView, code: string): StationFound {
  const station = registry.stations.get(code);
  if (station !== undefined) return { kind: 'found', station, by: 'assignment' };
  return unknown('unknown-station', sentence('assigned-station-unknown@1', code));
}

function inItsFolder(
  named: readonly Station[],
  ranks: ReadonlyMap<Station, number>,
  prefix: string,
  folder: string,
): StationFound {
  const fitting = named.filter((station) => !hasFolders(station) || ranks.has(station));
  if (fitting.length > 0) return mostParticular(fitting, ranks, { prefix, folder }, 'prefix');
  const places = named.flatMap(({ code, folders = [] }) => [code, folders.join(', ')]);
  const detail = sentence('prefix-in-other-folder@1', prefix, folder, ...places);
  return unknown('unknown-station', detail);
}

function mostParticular(
  stations: readonly Station[],
  ranks: ReadonlyMap<Station, number>,
  { prefix, folder }: Pick<FileOrigin, 'prefix' | 'folder'>,
  by: 'prefix' | 'folder',
): StationFound {
  const [one, ...rest] = stations;
  if (one !== undefined && rest.length === 0) return { kind: 'found', station: one, by };
  const rankOf = (station: Station): number => ranks.get(station) ?? -1;
  const highest = Math.max(...stations.map(rankOf));
  const best = stations.filter((station) => rankOf(station) === highest);
  const [station, ...others] = best;
  if (station !== undefined && others.length === 0) return { kind: 'found', station, by };
  const codes = best.map(({ code }) => code).join(', ');
  return unknown('unknown-station', sentence('several-stations@1', prefix, folder, codes));
}

function ofAnother(prefix: string, { code }: Station, accountCode: string): StationFound {
  const detail = sentence('station-not-of-account@1', prefix, code, accountCode);
  return unknown('other-accounts-station', detail);
}

/** Of a station with folders only what lies in them: another folder is another station's. */
function onlyStation(registry: RegistryView, { stations }: Account): StationFound | undefined {
  const [code, ...more] = stations;
  const only = code === undefined || more.length > 0 ? undefined : registry.stations.get(code);
  if (only === undefined || hasFolders(only)) return undefined;
  return { kind: 'found', station: only, by: 'account' };
}

function unnamed(
  registry: RegistryView,
  { code, stations }: Account,
  { prefix, folder }: FileOrigin,
): StationFound {
  const hasAny = stations.some((station) => hasFolders(registry.stations.get(station) ?? {}));
  const detail = sentence(
    'prefix-unknown@1',
    prefix,
    code,
    stations.join(', '),
    hasAny ? folder : '',
  );
  return unknown('unknown-station', detail);
}

function unknown(
  reason: Extract<StationFound, { kind: 'unknown' }>['reason'],
  detail: Sentence,
): StationFound {
  return { kind: 'unknown', reason, detail };
}

/** From inclusive, to exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

type PrefixWithin =
  /** `stations`: one, or several that share the prefix. */
  | { readonly kind: 'own'; readonly stations: readonly Station[]; readonly at: Span }
  | { readonly kind: 'other'; readonly station: Station; readonly prefix: string };

/**
 * The longest registered prefix that is in a name as a word or as words, of one length the first.
 * `own` are the prefixes of the account, `all` those of everybody: a longer one of somebody else says
 * that the name is not the account's. Undefined where none of the account's is there. A prefix without
 * a letter is passed over, for it is in any number.
 */
function findPrefixWithin(
  stem: string,
  own: PrefixIndex,
  all: SpellingIndex<Station>,
): PrefixWithin | undefined {
  let other: PrefixWithin | undefined;
  for (const at of spansOf(stem)) {
    const text = stem.slice(at.from, at.to);
    if (!hasLetter.test(text)) continue;
    const stations = own.find(text);
    if (stations.length > 0) return other ?? { kind: 'own', stations, at };
    const stranger = all.getExact(text.normalize('NFC'));
    if (stranger !== undefined) other ??= { kind: 'other', station: stranger, prefix: text };
  }
  return undefined;
}

const hasLetter = /\p{L}/u;

/** Names have some ten words; one with more is looked through as far as this. */
const maxWords = 40;

/** From every beginning of a word to every end of one behind it, the longest first. */
function spansOf(stem: string): readonly Span[] {
  const words = [...stem.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].slice(0, maxWords);
  const starts = words.map(({ index }) => index);
  const ends = words.map(({ index, 0: word }) => index + word.length);
  const time = findTime(stem);
  if (time !== undefined) {
    ends.push(time.from);
    starts.push(time.to);
  }
  return starts
    .flatMap((from) => ends.filter((to) => to > from).map((to) => ({ from, to })))
    .sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from);
}

/**
 * By which profile a file is read: of those of its station, then of its account, the first that is
 * for such names. Undefined: by none, its form is recognised from the content.
 */
export function findProfile(
  registry: RegistryView,
  name: string,
  account: Account | undefined,
  station: Station | undefined,
): Profile | undefined {
  for (const code of [...(station?.profiles ?? []), ...(account?.profiles ?? [])]) {
    const profile = registry.profiles.get(code);
    if (profile !== undefined && isIncluded(name, profile.fileNames)) return profile;
  }
  return undefined;
}

export type AssignedProfile =
  | { readonly kind: 'found'; readonly profile: Profile | undefined }
  | { readonly kind: 'unknown'; readonly detail: Sentence };

/** The profile that a person named for one file; none where nobody did. */
export function findAssignedProfile(
  registry: RegistryView,
  code: string | undefined,
): AssignedProfile {
  const profile = code === undefined ? undefined : registry.profiles.get(code);
  if (code === undefined || profile !== undefined) return { kind: 'found', profile };
  return { kind: 'unknown', detail: sentence('assigned-profile-unknown@1', code) };
}

/** Whether a name is asked for: `*` is any text, `?` one character, case does not matter. */
export function isIncluded(name: string, patterns: readonly string[] | undefined): boolean {
  return patterns === undefined || patterns.some((pattern) => matcherOf(pattern).test(name));
}

function matcherOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replace(/\*+/g, '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'isu');
}
