import { registrySchema, type Registry } from '@envigate/contracts';
import fc from 'fast-check';
import {
  followReference,
  listKeyOf,
  type SchemaNode,
} from '../registry-changes/registry-schema.ts';

/** What a JSON Schema says beyond the parts that the code goes by. */
type Node = SchemaNode & {
  readonly pattern?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly additionalProperties?: boolean | Node;
};

/** Texts that forms of tables and YAML have trouble with. */
const oddTexts = [
  ...['001', '1e3', '7,5', 'NO', 'true', 'null', '~', '=1+1', '-x', '+84', '@', '"', '""', '"a"'],
  ...['a|b', '[a', '[]', '{}', 'a;b', 'a,b', ' a', 'a ', 'a\nb', 'a\r\nb', 'a\tb', '\uFEFFa', '#'],
  ...["it's", 'Đ', 'e\u0301', 'PM2,5', 'm,p-Xylene', '*', '&a', '!x', '- a', 'a: b', '%', '\u0085'],
];

function arbitraryOf(unresolved: Node): fc.Arbitrary<unknown> {
  const node = followReference(unresolved) as Node;
  if (node.oneOf !== undefined) return fc.oneof(...node.oneOf.map(arbitraryOf));
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  switch (node.type) {
    case 'string':
      return textOf(node);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: node.minimum ?? -1000, max: node.maximum ?? 1_000_000 });
    case 'number':
      return numberOf(node);
    case 'array':
      return listOf(node);
    case 'object':
      return objectOf(node);
    default:
      throw new Error(`no example of ${JSON.stringify(node)}`);
  }
}

function textOf({ pattern, format, minLength = 0 }: Node): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  if (format === 'date-time') return fc.constantFrom('2027-01-01T00:00:00+07:00');
  const some = fc.oneof(
    fc.constantFrom(...oddTexts.filter((text) => text.length >= minLength), 'x'.repeat(minLength)),
    fc.string({ minLength }),
  );
  return minLength === 0 ? fc.oneof(some, fc.constant('')) : some;
}

function numberOf({ minimum, maximum, exclusiveMinimum }: Node): fc.Arbitrary<number> {
  const least = exclusiveMinimum ?? minimum ?? -1e300;
  return fc
    .double({
      min: least,
      max: maximum ?? 1e300,
      noNaN: true,
      minExcluded: exclusiveMinimum !== undefined,
    })
    .map((number) => number + 0);
}

function listOf(node: Node): fc.Arbitrary<unknown> {
  const key = listKeyOf(node);
  return fc.uniqueArray(arbitraryOf(node.items ?? {}), {
    minLength: node.minItems ?? 0,
    maxLength: 4,
    selector: (element) =>
      key === undefined ? JSON.stringify(element) : (element as Record<string, unknown>)[key],
  });
}

function objectOf({
  properties = {},
  required = [],
  additionalProperties,
}: Node): fc.Arbitrary<unknown> {
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([key, node]) => [key, arbitraryOf(node)])),
    { requiredKeys: [...required], noNullPrototype: true },
  );
  if (typeof additionalProperties !== 'object') return named;
  const others = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== '__proto__' && !(key in properties)),
    arbitraryOf(additionalProperties),
    { maxKeys: 3, noNullPrototype: true },
  );
  return fc.tuple(named, others).map(([one, other]) => ({ ...one, ...other }));
}

/**
 * Registries of every form that the schema allows, also those that name what is not there. Made
 * from the schema, so that a new section or field is in it by itself.
 */
export const arbitraryRegistry: fc.Arbitrary<Registry> = arbitraryOf(
  registrySchema,
) as fc.Arbitrary<Registry>;
