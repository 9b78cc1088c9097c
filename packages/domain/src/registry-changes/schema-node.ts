import { registrySchema } from '@envigate/contracts';
import { sectionOf, type RegistryKind } from './registry-sections.ts';

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
