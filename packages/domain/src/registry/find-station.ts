import type { Station } from '@envigate/contracts';
import { findPrefixWithin, type Span } from './find-prefix-within.ts';
import { lookupKey } from './lookup-key.ts';
import { indexOf, type SpellingIndex } from './registry-index.ts';
import type { RegistryView } from './registry-view.ts';

export type StationFound =
  /** `by`: the prefix of the name, the account because it owns no other station, or a person's decision. */
  | {
      readonly kind: 'found';
      readonly station: Station;
      readonly by: 'prefix' | 'account' | 'assignment';
      /** Where the prefix stands in the stem of the name, where it is not what parseFileName took for it. */
      readonly at?: Span;
    }
  | {
      readonly kind: 'unknown';
      readonly reason: 'unknown-account' | 'unknown-station' | 'other-accounts-station';
      readonly detail: string;
    };

/**
 * The station of a file, by the account that sent it and its name: `prefix` as parseFileName takes it
 * from `stem`. In this order:
 *
 * 1. the whole prefix is one of the account's: that station;
 * 2. it is one of another account's: refused, even where the account has one station only;
 * 3. one of the account's stands in the name as a word or words: the longest, of one length the first;
 *    refused where a longer one is there that is another account's;
 * 4. the account has one station only: that one.
 *
 * A prefix is never found within a longer word: NUO1 is not in NUO10.
 */
export function findStation(
  registry: RegistryView,
  accountCode: string,
  prefix: string,
  stem: string = prefix,
): StationFound {
  const account = registry.accounts.get(accountCode);
  if (account === undefined) {
    return unknown('unknown-account', `account '${accountCode}' is not in the registry`);
  }
  const index = indexOf(registry);
  const own = index.prefixesOf(account);
  const station = byPrefix(own, prefix);
  if (station !== undefined) return { kind: 'found', station, by: 'prefix' };

  const other = index.prefixes.getExact(prefix.normalize('NFC'));
  if (other !== undefined) return ofAnother(prefix, other, accountCode);
  const within = findPrefixWithin(stem, own, index.prefixes);
  if (within?.kind === 'other') return ofAnother(within.prefix, within.station, accountCode);
  if (within !== undefined) {
    return { kind: 'found', station: within.station, by: 'prefix', at: within.at };
  }
  const [code, ...more] = account.stations;
  const only = code === undefined || more.length > 0 ? undefined : registry.stations.get(code);
  if (only !== undefined) return { kind: 'found', station: only, by: 'account' };
  const expected = account.stations.join(', ') || 'none';
  const detail = `'${prefix}' is no file prefix of the stations of account '${accountCode}' (${expected})`;
  return unknown('unknown-station', detail);
}

function ofAnother(prefix: string, { code }: Station, accountCode: string): StationFound {
  const detail = `'${prefix}' is station '${code}', which account '${accountCode}' may not send for`;
  return unknown('other-accounts-station', detail);
}

/** The station that a person named for the file, whoever sent it under whatever name. */
export function findAssignedStation(registry: RegistryView, code: string): StationFound {
  const station = registry.stations.get(code);
  if (station !== undefined) return { kind: 'found', station, by: 'assignment' };
  return unknown('unknown-station', `station '${code}', assigned to it, is not in the registry`);
}

function byPrefix(index: SpellingIndex<Station>, prefix: string): Station | undefined {
  return index.getExact(prefix.normalize('NFC')) ?? index.getByKey(lookupKey(prefix));
}

function unknown(
  reason: Extract<StationFound, { kind: 'unknown' }>['reason'],
  detail: string,
): StationFound {
  return { kind: 'unknown', reason, detail };
}
