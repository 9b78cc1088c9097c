import type { Station } from '@envigate/contracts';
import { lookupKey } from './lookup-key.ts';
import { indexOf, type SpellingIndex } from './registry-index.ts';
import type { RegistryView } from './registry-view.ts';

export type StationFound =
  /** `by`: the prefix of the name, the account because it owns no other station, or a person's decision. */
  | {
      readonly kind: 'found';
      readonly station: Station;
      readonly by: 'prefix' | 'account' | 'assignment';
    }
  | {
      readonly kind: 'unknown';
      readonly reason: 'unknown-account' | 'unknown-station' | 'other-accounts-station';
      readonly detail: string;
    };

/**
 * The station of a file, by the account that sent it and the prefix of its name (see
 * parseFileName). A whole prefix only, never a part of it: NUO1 is not in NUO10. A name that
 * belongs to a station of somebody else is refused even where the account owns one station only.
 */
export function findStation(
  registry: RegistryView,
  accountCode: string,
  prefix: string,
): StationFound {
  const account = registry.accounts.get(accountCode);
  if (account === undefined) {
    return unknown('unknown-account', `account '${accountCode}' is not in the registry`);
  }
  const index = indexOf(registry);
  const station = byPrefix(index.prefixesOf(account), prefix);
  if (station !== undefined) return { kind: 'found', station, by: 'prefix' };

  const other = index.prefixes.getExact(prefix.normalize('NFC'));
  if (other !== undefined) {
    const detail = `'${prefix}' is station '${other.code}', which account '${accountCode}' may not send for`;
    return unknown('other-accounts-station', detail);
  }
  const [code, ...more] = account.stations;
  const only = code === undefined || more.length > 0 ? undefined : registry.stations.get(code);
  if (only !== undefined) return { kind: 'found', station: only, by: 'account' };
  const expected = account.stations.join(', ') || 'none';
  const detail = `'${prefix}' is no file prefix of the stations of account '${accountCode}' (${expected})`;
  return unknown('unknown-station', detail);
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
