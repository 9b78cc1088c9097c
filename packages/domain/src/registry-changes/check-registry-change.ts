import type { Fault, Registry } from '@envigate/contracts';
import { diffRegistry } from './registry-diff.ts';
import { itemsOf, sectionOf } from './registry-sections.ts';
import { itemSchema } from './schema-node.ts';

/**
 * What is wrong with a step from one registry to the next, where each by itself is whole. Paths
 * are JSON pointers into `next`.
 *
 * An item that has a version (a rule) must raise it with every change: what was judged by the old
 * one is marked with its number.
 */
export function checkRegistryChange(current: Registry, next: Registry): readonly Fault[] {
  const { changed } = diffRegistry(itemsOf(current), itemsOf(next));
  return changed.flatMap(({ kind, code, before, body }): readonly Fault[] => {
    if (itemSchema(kind).properties?.['version'] === undefined) return [];
    const [from, to] = [versionOf(before), versionOf(body)];
    if (to > from) return [];
    const section = sectionOf(kind);
    const index = (next[section] ?? []).findIndex((item) => item.code === code);
    const expected = `must be above ${from}, the version of the ${kind} that this one changes`;
    return [{ path: `/${section}/${index}/version`, expected }];
  });
}

function versionOf(body: object): number {
  return Number((body as { readonly version?: unknown }).version ?? 0);
}
