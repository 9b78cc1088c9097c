import { sentence, type Sentence } from '../reasons/sentences.ts';
import type { Account, Profile, Station } from '@envigate/contracts';
import type { RegistryView } from './registry-view.ts';

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
