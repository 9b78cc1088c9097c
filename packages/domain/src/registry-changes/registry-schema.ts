import { registrySchema, type BilingualText, type Registry } from '@envigate/contracts';

/**
 * The sections of the registry's document and what one item of each is called, also in Vietnamese.
 * What stores, shows, compares, imports and exports the registry goes by this table and the schema:
 * a new section is a line here.
 */
export const registrySections = [
  { kind: 'facility', section: 'facilities', vi: 'cơ sở' },
  { kind: 'parameter', section: 'parameters', vi: 'thông số' },
  { kind: 'target', section: 'targets', vi: 'máy chủ nhận' },
  { kind: 'station', section: 'stations', vi: 'trạm' },
  { kind: 'account', section: 'accounts', vi: 'tài khoản' },
  { kind: 'profile', section: 'profiles', vi: 'cấu hình đọc' },
  { kind: 'remote-site', section: 'remoteSites', vi: 'máy chủ nguồn' },
  { kind: 'drop-folder', section: 'dropFolders', vi: 'thư mục nhận' },
  { kind: 'rule', section: 'rules', vi: 'quy tắc kiểm tra' },
] as const satisfies readonly {
  readonly kind: string;
  readonly section: keyof Registry;
  readonly vi: string;
}[];

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
  return entryOf(kind).section;
}

/** What people call an item, in Vietnamese. */
export function itemName(of: RegistryKind | RegistrySection): string {
  return entryOf(of).vi;
}

function entryOf(name: RegistryKind | RegistrySection): (typeof registrySections)[number] {
  const found = registrySections.find(({ kind, section }) => kind === name || section === name);
  if (found === undefined) throw new Error(`no section holds a ${name}`);
  return found;
}

/** A code that names no item of its section. */
export function unknownCode(section: RegistrySection, code: string): BilingualText {
  return {
    vi: `có mã ${itemName(section)} chưa khai báo: '${code}'`,
    en: `has the unknown ${section} code '${code}'`,
  };
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

/** The parts of JSON Schema that describe what the registry's items look like. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  /** Marks a secret: it is taken in, and shown to nobody. */
  readonly writeOnly?: boolean;
}

/** Of one item of a section. */
export function itemSchema(kind: RegistryKind): SchemaNode {
  const { properties } = registrySchema as { readonly properties: Record<string, SchemaNode> };
  return resolveNode(properties[sectionOf(kind)]?.items ?? {});
}

/** With what a $ref means put in; of variants, one object with the properties of all. */
export function resolveNode(node: SchemaNode): SchemaNode {
  const found = followReference(node);
  return found.oneOf === undefined ? found : unite(found, found.oneOf.map(resolveNode));
}

/** With what a $ref means put in. */
export function followReference(node: SchemaNode): SchemaNode {
  const name = node.$ref?.replace('#/$defs/', '');
  if (name === undefined) return node;
  const { $defs } = registrySchema as { readonly $defs: Record<string, SchemaNode> };
  return followReference($defs[name] ?? {});
}

/** Where variants differ in what a property may be (the kind that distinguishes them), it may be any of it. */
function unite(node: SchemaNode, variants: readonly SchemaNode[]): SchemaNode {
  const properties = new Map(Object.entries(node.properties ?? {}));
  for (const variant of variants)
    for (const [key, property] of Object.entries(variant.properties ?? {})) {
      const known = properties.get(key);
      properties.set(key, known === undefined ? property : either(known, property));
    }
  const [first, ...others] = variants;
  const common = (first?.required ?? []).filter((key) =>
    others.every(({ required = [] }) => required.includes(key)),
  );
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: [...new Set([...common, ...(node.required ?? [])])],
  };
}

function either(one: SchemaNode, other: SchemaNode): SchemaNode {
  const values = [...valuesOf(one), ...valuesOf(other)];
  return values.length === 0 ? one : { enum: values };
}

function valuesOf(node: SchemaNode): readonly unknown[] {
  const { const: only, enum: some } = followReference(node);
  return some ?? (only === undefined ? [] : [only]);
}

export function propertyNode(node: SchemaNode, key: string): SchemaNode {
  return resolveNode(node.properties?.[key] ?? {});
}

export function elementNode(node: SchemaNode): SchemaNode {
  return resolveNode(node.items ?? {});
}

/**
 * The property that distinguishes the objects of a list: the first that they must have (the code of
 * a rule, the parameter of a station's parameter). Undefined where elements are no objects.
 */
export function listKeyOf(node: SchemaNode): string | undefined {
  const element = elementNode(node);
  return element.properties === undefined ? undefined : element.required?.[0];
}
