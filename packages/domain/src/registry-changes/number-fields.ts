import type { RegistryBody, RegistryKind } from './registry-sections.ts';
import {
  elementNode,
  itemSchema,
  listKeyOf,
  propertyNode,
  type SchemaNode,
} from './schema-node.ts';

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
