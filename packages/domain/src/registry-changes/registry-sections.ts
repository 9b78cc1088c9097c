import { registrySchema, type Registry } from '@envigate/contracts';

/**
 * The sections of the registry's document and what one item of each is called. What stores, shows,
 * compares, imports and exports the registry goes by this table and the schema: a new section is a
 * line here.
 */
export const registrySections = [
  { kind: 'facility', section: 'facilities' },
  { kind: 'parameter', section: 'parameters' },
  { kind: 'target', section: 'targets' },
  { kind: 'station', section: 'stations' },
  { kind: 'account', section: 'accounts' },
  { kind: 'profile', section: 'profiles' },
  { kind: 'remote-site', section: 'remoteSites' },
  { kind: 'drop-folder', section: 'dropFolders' },
  { kind: 'rule', section: 'rules' },
] as const satisfies readonly { readonly kind: string; readonly section: keyof Registry }[];

export type RegistryKind = (typeof registrySections)[number]['kind'];
export type RegistrySection = (typeof registrySections)[number]['section'];
export type RegistryBody = NonNullable<Registry[RegistrySection]>[number];

export interface RegistryItem {
  readonly kind: RegistryKind;
  readonly code: string;
  readonly body: RegistryBody;
}

export const registryKinds: readonly RegistryKind[] = registrySections.map(({ kind }) => kind);

export function isRegistryKind(text: string): text is RegistryKind {
  return registryKinds.some((kind) => kind === text);
}

export function sectionOf(kind: RegistryKind): RegistrySection {
  const found = registrySections.find((entry) => entry.kind === kind);
  if (found === undefined) throw new Error(`no section holds a ${kind}`);
  return found.section;
}

/** Section by section in the order of the table, items in the order of the document. */
export function itemsOf(registry: Registry): readonly RegistryItem[] {
  return registrySections.flatMap(({ kind, section }) =>
    (registry[section] ?? []).map((body): RegistryItem => ({ kind, code: body.code, body })),
  );
}

/** The document again: items of a kind by code, and no empty section that may be left out. */
export function registryOf(items: readonly RegistryItem[]): Registry {
  const required: readonly string[] = registrySchema.required;
  const sections = registrySections.flatMap(({ kind, section }) => {
    const bodies = items
      .filter((item) => item.kind === kind)
      .map(({ body }) => body)
      .sort((a, b) => (a.code < b.code ? -1 : 1));
    return bodies.length > 0 || required.includes(section) ? [[section, bodies] as const] : [];
  });
  // Each item came out of the section that it goes back to.
  return Object.fromEntries(sections) as unknown as Registry;
}
