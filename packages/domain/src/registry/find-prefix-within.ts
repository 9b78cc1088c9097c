import type { Station } from '@envigate/contracts';
import { findTime } from '../file-names/find-time.ts';
import type { PrefixIndex, SpellingIndex } from './registry-index.ts';

/** From inclusive, to exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type PrefixWithin =
  /** `stations`: one, or several that share the prefix. */
  | { readonly kind: 'own'; readonly stations: readonly Station[]; readonly at: Span }
  | { readonly kind: 'other'; readonly station: Station; readonly prefix: string };

/**
 * The longest registered prefix that is in a name as a word or as words, of one length the first.
 * `own` are the prefixes of the account, `all` those of everybody: a longer one of somebody else says
 * that the name is not the account's. Undefined where none of the account's is there. A prefix without
 * a letter is passed over, for it is in any number.
 */
export function findPrefixWithin(
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
