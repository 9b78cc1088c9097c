// The registry as people are shown it: without secrets, with places called by name, in the schema's order.
import type { BilingualText, Fault, Registry } from '@envigate/contracts';
import {
  elementNode,
  itemSchema,
  listKeyOf,
  propertyNode,
  registrySections,
  resolveNode,
  type RegistryBody,
  type RegistryItem,
  type RegistryKind,
  type SchemaNode,
} from './registry-schema.ts';

/** What is shown in place of a secret. */
export const hiddenSecret = '***';

/** The body as it may be shown: whatever the schema marks as a secret is '***'. */
export function hideSecrets({
  kind,
  body,
}: Omit<RegistryItem, 'code'>): Readonly<Record<string, unknown>> {
  return hide(itemSchema(kind), body) as Readonly<Record<string, unknown>>;
}

/** Whether the schema marks as a secret what is at a path of keys within an item. */
export function isSecretPath(kind: RegistryKind, path: readonly string[]): boolean {
  let node = itemSchema(kind);
  for (const key of path) {
    node = node.items === undefined ? propertyNode(node, key) : elementNode(node);
    if (node.writeOnly === true) return true;
  }
  return false;
}

/** A value of any part of an item, by the schema of that part. */
export function hide(node: SchemaNode, value: unknown): unknown {
  const { writeOnly, items } = resolveNode(node);
  if (writeOnly === true) return hiddenSecret;
  if (Array.isArray(value)) return value.map((element) => hide(items ?? {}, element));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      hide(propertyNode(resolveNode(node), key), part),
    ]),
  );
}

/** Where in a registry's document a fault is, as people call it, and what is there. */
export interface DescribedPlace {
  /** `stations[NUO001].parameters[COD].max`; '' for the document itself. */
  readonly label: string;
  /** What is there as JSON, cut to a line's length; a secret is not shown. Undefined: nothing, or too much to show. */
  readonly found: BilingualText | undefined;
}

const maxFoundLength = 60;

export function describePlace(
  document: unknown,
  { path, key }: Pick<Fault, 'path' | 'key'>,
): DescribedPlace {
  const keys = pointerKeys(path);
  let node: SchemaNode = rootNode;
  let value = document;
  let label = '';
  for (const part of keys) {
    if (Array.isArray(value)) {
      const element: unknown = value[Number(part)];
      label += `[${nameOf(element, listKeyOf(node)) ?? part}]`;
      node = elementNode(node);
      value = element;
    } else {
      label += label === '' ? part : `.${part}`;
      node = propertyNode(node, part);
      value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[part];
    }
  }
  return { label, found: key === undefined ? show(keys, value) : undefined };
}

/** The keys of a JSON pointer (RFC 6901). */
export function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The document by its sections, each a list of items. */
const rootNode: SchemaNode = {
  properties: Object.fromEntries(
    registrySections.map(({ kind, section }) => [section, { items: itemSchema(kind) }]),
  ),
};

function nameOf(element: unknown, key: string | undefined): string | undefined {
  if (key === undefined || typeof element !== 'object' || element === null) return undefined;
  const name = (element as Readonly<Record<string, unknown>>)[key];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function show(keys: readonly string[], value: unknown): BilingualText | undefined {
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  const [section, , ...within] = keys;
  const kind = registrySections.find((entry) => entry.section === section)?.kind;
  if (kind !== undefined && isSecretPath(kind, within))
    return { vi: '(mật, không hiển thị)', en: '(a secret)' };
  const text = JSON.stringify(value);
  const cut = text.length > maxFoundLength ? `${text.slice(0, maxFoundLength)}…` : text;
  return { vi: cut, en: cut };
}

/** The same registry with the fields of every object in the schema's order, for people to read. */
export function inSchemaOrder(registry: Registry): Registry {
  const sections = registrySections.flatMap(({ kind, section }): [string, unknown][] => {
    const items = registry[section];
    return items === undefined
      ? []
      : [[section, items.map((item) => order(itemSchema(kind), item))]];
  });
  return Object.fromEntries(sections) as unknown as Registry;
}

function order(node: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => order(elementNode(node), element));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = new Set([...Object.keys(node.properties ?? {}), ...Object.keys(fields)]);
  return Object.fromEntries(
    [...keys]
      .filter((key) => key in fields)
      .map((key) => [key, order(propertyNode(node, key), fields[key])]),
  );
}

export interface NumberField {
  /** As in a FieldChange: `parameters[COD].max`. */
  readonly path: string;
  readonly value: number;
}

/** Every number of an item, in the order of its fields. No secret is a number. */
export function numberFields(kind: RegistryKind, body: RegistryBody): readonly NumberField[] {
  return numbersIn(itemSchema(kind), body, '');
}

function numbersIn(node: SchemaNode, value: unknown, path: string): readonly NumberField[] {
  if (typeof value === 'number') return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, field]) =>
      numbersIn(propertyNode(node, key), field, path === '' ? key : `${path}.${key}`),
    );
  }
  const key = listKeyOf(node);
  return (value as readonly Readonly<Record<string, unknown>>[]).flatMap((element) => {
    const name = key === undefined ? '' : String(element[key]);
    return numbersIn(elementNode(node), element, `${path}[${name}]`);
  });
}
