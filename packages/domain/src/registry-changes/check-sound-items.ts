import { registrySchema, type Fault, type Registry } from '@envigate/contracts';
import { checkRegistry } from './check-registry.ts';
import { pointerKeys } from './describe-place.ts';
import { registrySections, type RegistryBody, type RegistrySection } from './registry-sections.ts';

/**
 * What checkRegistry says of a document that the schema refuses, as far as it can be said: of the
 * items without a fault of their own, so that a person sees both kinds at once. Nothing is said of
 * references to the items left out, nor where a section is missing or is no list.
 */
export function checkSoundItems(
  document: unknown,
  schemaFaults: readonly Fault[],
): readonly Fault[] {
  const sections = sectionsOf(document);
  if (sections === undefined) return [];
  const faulty = new Set(schemaFaults.map(({ path }) => pointerKeys(path).slice(0, 2).join('/')));
  const places = new Map<RegistrySection, number[]>();
  const leftOut = new Set<unknown>();
  const sound = sections.map(([section, items]) => {
    const kept = items.flatMap((item, i): [number, RegistryBody][] => {
      if (!faulty.has(`${section}/${i}`)) return [[i, item as RegistryBody]];
      leftOut.add((item as { readonly code?: unknown } | null)?.code);
      return [];
    });
    places.set(
      section,
      kept.map(([i]) => i),
    );
    return [section, kept.map(([, item]) => item)] as const;
  });
  const registry = Object.fromEntries(sound) as unknown as Registry;
  return checkRegistry(registry).flatMap((fault) => {
    const [section = '', index = '', ...within] = pointerKeys(fault.path);
    if (leftOut.has(valueAt(registry, [section, index, ...within]))) return [];
    const at = places.get(section as RegistrySection)?.[Number(index)];
    return [{ ...fault, path: `/${[section, at ?? index, ...within].join('/')}` }];
  });
}

function sectionsOf(
  document: unknown,
): readonly (readonly [RegistrySection, readonly unknown[]])[] | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const fields = document as Readonly<Record<string, unknown>>;
  const required: readonly string[] = registrySchema.required;
  const sections = registrySections
    .map(({ section }) => [section, fields[section]] as const)
    .filter(([section, items]) => items !== undefined || required.includes(section));
  return sections.every((entry): entry is [RegistrySection, unknown[]] => Array.isArray(entry[1]))
    ? sections
    : undefined;
}

function valueAt(document: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key],
    document,
  );
}
