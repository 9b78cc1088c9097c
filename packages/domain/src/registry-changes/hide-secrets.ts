import type { RegistryItem, RegistryKind } from './registry-sections.ts';
import {
  elementNode,
  itemSchema,
  propertyNode,
  resolveNode,
  type SchemaNode,
} from './schema-node.ts';

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
