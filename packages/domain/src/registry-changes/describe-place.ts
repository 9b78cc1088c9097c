import type { Fault } from '@envigate/contracts';
import { isSecretPath } from './hide-secrets.ts';
import { registrySections } from './registry-sections.ts';
import {
  elementNode,
  itemSchema,
  listKeyOf,
  propertyNode,
  type SchemaNode,
} from './schema-node.ts';

/** Where in a registry's document a fault is, as people call it, and what is there. */
export interface DescribedPlace {
  /** `stations[NUO001].parameters[COD].max`; '' for the document itself. */
  readonly label: string;
  /** What is there as JSON, cut to a line's length; a secret is not shown. Undefined: nothing, or too much to show. */
  readonly found: string | undefined;
}

const maxFoundLength = 60;

export function describePlace(document: unknown, { path, key }: Fault): DescribedPlace {
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

function show(keys: readonly string[], value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  const [section, , ...within] = keys;
  const kind = registrySections.find((entry) => entry.section === section)?.kind;
  if (kind !== undefined && isSecretPath(kind, within)) return '(a secret)';
  const text = JSON.stringify(value);
  return text.length > maxFoundLength ? `${text.slice(0, maxFoundLength)}…` : text;
}
