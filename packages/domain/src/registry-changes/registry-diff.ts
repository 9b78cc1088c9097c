import { canonicalJson } from '../registry/canonical-json.ts';
import type { RegistryBody, RegistryItem } from './registry-sections.ts';

export interface ChangedItem extends RegistryItem {
  readonly before: RegistryBody;
}

/** What an import does to the items it finds. Items of equal content stay as they are. */
export interface RegistryDiff {
  readonly added: readonly RegistryItem[];
  readonly changed: readonly ChangedItem[];
  readonly removed: readonly RegistryItem[];
}

/** `next` is the whole registry: an item that it lacks is removed. */
export function diffRegistry(
  current: readonly RegistryItem[],
  next: readonly RegistryItem[],
): RegistryDiff {
  const name = ({ kind, code }: RegistryItem): string => `${kind} ${code}`;
  const before = new Map(current.map((item) => [name(item), item]));
  const after = new Set(next.map(name));
  return {
    added: next.filter((item) => !before.has(name(item))),
    changed: next.flatMap((item) => {
      const known = before.get(name(item));
      const isSame = known === undefined || canonicalJson(known.body) === canonicalJson(item.body);
      return isSame ? [] : [{ ...item, before: known.body }];
    }),
    removed: current.filter((item) => !after.has(name(item))),
  };
}

export function isEmptyDiff({ added, changed, removed }: RegistryDiff): boolean {
  return added.length + changed.length + removed.length === 0;
}
