import { sentence, type Sentence } from '../reasons/sentences.ts';
import type { Profile, Reception, Station } from '@envigate/contracts';
import { aroundPrefix, parseFileName, type FileName } from '../file-names/file-name.ts';
import type { FileReason } from '../reasons/reasons.ts';
import {
  findAssignedProfile,
  findProfile,
  findAssignedStation,
  findStation,
  type StationFound,
} from '../registry/find-station.ts';
import type { RegistryView } from '../registry/registry-view.ts';

/** Whose file it is, and how it is to be read. */
export type FilePlace =
  | {
      readonly kind: 'placed';
      readonly station: Station;
      readonly by: Extract<StationFound, { kind: 'found' }>['by'];
      readonly name: FileName;
      readonly profile: Profile | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly reason: FileReason;
      readonly detail: Sentence;
      readonly station?: string;
      readonly filePrefix?: string;
    };

/**
 * What a person assigned to a file goes first. Where a profile of the account says how the name
 * writes its time, the prefix is found by it; the station's own profile then decides how the file
 * is read.
 */
export function placeFile(
  reception: Pick<Reception, 'account' | 'name' | 'folder' | 'replay'>,
  registry: RegistryView,
): FilePlace {
  const { account: accountCode, name: fileName, folder, replay } = reception;
  const account = registry.accounts.get(accountCode);
  const assigned = findAssignedProfile(registry, replay?.profile);
  if (assigned.kind === 'unknown') {
    return { kind: 'refused', reason: 'unknown-profile', detail: assigned.detail };
  }
  const ofAccount = assigned.profile ?? findProfile(registry, fileName, account, undefined);
  const { prefix, stem } = parseFileName(fileName, ofAccount?.nameTime);
  const found =
    replay?.station === undefined
      ? findStation(registry, { account: accountCode, prefix, stem, folder })
      : findAssignedStation(registry, replay.station);
  const station = found.kind === 'found' ? found.station : undefined;
  const profile = assigned.profile ?? findProfile(registry, fileName, account, station);
  if (profile?.ignore === true) {
    const detail = sentence('profile@1', profile.code);
    const of = station === undefined ? {} : { station: station.code };
    return { kind: 'refused', reason: 'ignored-by-profile', detail, ...of };
  }
  if (found.kind === 'unknown') {
    return { kind: 'refused', reason: found.reason, detail: found.detail, filePrefix: prefix };
  }
  const { at } = found;
  const name =
    at === undefined || profile?.nameTime !== undefined
      ? parseFileName(fileName, profile?.nameTime)
      : aroundPrefix(stem, at.from, at.to);
  return { kind: 'placed', station: found.station, by: found.by, name, profile };
}
