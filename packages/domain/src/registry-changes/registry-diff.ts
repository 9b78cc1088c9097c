import { canonicalJson } from '../registry/reading-mark.ts';
import {
  elementNode,
  itemSchema,
  listKeyOf,
  propertyNode,
  type RegistryBody,
  type RegistryItem,
  type RegistryKind,
  type SchemaNode,
} from './registry-schema.ts';
import { hide } from './show-registry.ts';

export interface ChangedItem extends RegistryItem {
  readonly before: RegistryBody;
}

/** What an import does to the items it finds. Items of equal content stay as they are. */
export interface RegistryDiff {
  readonly added: readonly RegistryItem[];
  readonly changed: readonly ChangedItem[];
  readonly removed: readonly RegistryItem[];
}

/** `next` is the whole registry: an item that it lacks is removed. */
export function diffRegistry(
  current: readonly RegistryItem[],
  next: readonly RegistryItem[],
): RegistryDiff {
  const name = ({ kind, code }: RegistryItem): string => `${kind} ${code}`;
  const before = new Map(current.map((item) => [name(item), item]));
  const after = new Set(next.map(name));
  return {
    added: next.filter((item) => !before.has(name(item))),
    changed: next.flatMap((item) => {
      const known = before.get(name(item));
      const isSame = known === undefined || canonicalJson(known.body) === canonicalJson(item.body);
      return isSame ? [] : [{ ...item, before: known.body }];
    }),
    removed: current.filter((item) => !after.has(name(item))),
  };
}

export function isEmptyDiff({ added, changed, removed }: RegistryDiff): boolean {
  return added.length + changed.length + removed.length === 0;
}

/** One field that two versions of an item do not have in common. A secret has no values here. */
export type FieldChange = { readonly path: string } & (
  | { readonly kind: 'added'; readonly after: unknown }
  | { readonly kind: 'removed'; readonly before: unknown }
  | { readonly kind: 'changed'; readonly before: unknown; readonly after: unknown }
  /** A list of the same elements in another order. */
  | { readonly kind: 'reordered' }
  | { readonly kind: 'secret-changed' }
);

/**
 * Field by field, in the order of the schema. Paths are as people read them: `name`,
 * `quotas.sessions`, `parameters[COD].max`, `stations[]` for an element of a plain list.
 */
export function fieldChanges(
  kind: RegistryKind,
  before: RegistryBody,
  after: RegistryBody,
): readonly FieldChange[] {
  return objectChanges(itemSchema(kind), asObject(before), asObject(after), '');
}

type Fields = Readonly<Record<string, unknown>>;

function objectChanges(
  node: SchemaNode,
  before: Fields,
  after: Fields,
  place: string,
): readonly FieldChange[] {
  const keys = new Set([
    ...Object.keys(node.properties ?? {}),
    ...Object.keys(before),
    ...Object.keys(after),
  ]);
  return [...keys].flatMap((key) => {
    const path = place === '' ? key : `${place}.${key}`;
    return valueChanges(propertyNode(node, key), before[key], after[key], path);
  });
}

function valueChanges(
  node: SchemaNode,
  before: unknown,
  after: unknown,
  path: string,
): readonly FieldChange[] {
  if (isSame(before, after)) return [];
  if (node.writeOnly === true) return [{ path, kind: 'secret-changed' }];
  if (before === undefined && !isObject(after) && !Array.isArray(after))
    return [{ path, kind: 'added', after }];
  if (after === undefined && !isObject(before) && !Array.isArray(before))
    return [{ path, kind: 'removed', before }];
  if (isListOrAbsent(before) && isListOrAbsent(after)) {
    const changes = listChanges(node, before ?? [], after ?? [], path);
    return changes.length > 0 ? changes : [wholeChange(path, before, after)];
  }
  if (isObjectOrAbsent(before) && isObjectOrAbsent(after)) {
    const changes = objectChanges(node, before ?? {}, after ?? {}, path);
    return changes.length > 0 ? changes : [wholeChange(path, before, after)];
  }
  return [{ path, kind: 'changed', before: hide(node, before), after: hide(node, after) }];
}

function listChanges(
  node: SchemaNode,
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
): readonly FieldChange[] {
  const key = listKeyOf(node);
  return key !== undefined && isKeyed(before, key) && isKeyed(after, key)
    ? keyedChanges(node, key, before, after, path)
    : plainChanges(elementNode(node), before, after, path);
}

function keyedChanges(
  node: SchemaNode,
  key: string,
  before: readonly Fields[],
  after: readonly Fields[],
  path: string,
): readonly FieldChange[] {
  const old = new Map(before.map((element) => [element[key], element]));
  const names = new Set(after.map((element) => element[key]));
  const at = (element: Fields): string => `${path}[${String(element[key])}]`;
  const shown = (element: Fields): unknown => hide(elementNode(node), element);
  const removed = before
    .filter((element) => !names.has(element[key]))
    .map((element): FieldChange => ({
      path: at(element),
      kind: 'removed',
      before: shown(element),
    }));
  const others = after.flatMap((element): readonly FieldChange[] => {
    const known = old.get(element[key]);
    if (known === undefined) return [{ path: at(element), kind: 'added', after: shown(element) }];
    return objectChanges(elementNode(node), known, element, at(element));
  });
  return [...removed, ...others];
}

/** By what each list has and the other lacks, an element that is there twice counted twice. */
function plainChanges(
  element: SchemaNode,
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
): readonly FieldChange[] {
  const at = `${path}[]`;
  const removed = without(before, after).map((value) => hide(element, value));
  const added = without(after, before).map((value) => hide(element, value));
  return [
    ...removed.map((value): FieldChange => ({ path: at, kind: 'removed', before: value })),
    ...added.map((value): FieldChange => ({ path: at, kind: 'added', after: value })),
  ];
}

function without(list: readonly unknown[], taken: readonly unknown[]): readonly unknown[] {
  const left = taken.map(canonicalJson);
  return list.filter((element) => {
    const at = left.indexOf(canonicalJson(element));
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
}

/** Where no element and no field shows it: what is empty came or went, or only the order is other. */
function wholeChange(path: string, before: unknown, after: unknown): FieldChange {
  if (before === undefined) return { path, kind: 'added', after };
  if (after === undefined) return { path, kind: 'removed', before };
  return { path, kind: 'reordered' };
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === undefined || after === undefined) return before === after;
  return canonicalJson(before) === canonicalJson(after);
}

function isKeyed(list: readonly unknown[], key: string): list is readonly Fields[] {
  const names = list.map((element) => (isObject(element) ? element[key] : undefined));
  return !names.includes(undefined) && new Set(names).size === names.length;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isObjectOrAbsent(value: unknown): value is Fields | undefined {
  return value === undefined || isObject(value);
}

function isListOrAbsent(value: unknown): value is readonly unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function asObject(body: RegistryBody): Fields {
  return body as unknown as Fields;
}
