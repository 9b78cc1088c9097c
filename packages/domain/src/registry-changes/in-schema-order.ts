import type { Registry } from '@envigate/contracts';
import { registrySections } from './registry-sections.ts';
import { elementNode, itemSchema, propertyNode, type SchemaNode } from './schema-node.ts';

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
