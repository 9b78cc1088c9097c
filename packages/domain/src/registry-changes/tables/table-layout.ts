import {
  elementNode,
  itemSchema,
  listKeyOf,
  propertyNode,
  registrySections,
  type RegistryKind,
  type SchemaNode,
} from '../registry-schema.ts';

/** What a cell holds. `json`: whatever has no flat form. */
export type CellType = 'text' | 'number' | 'boolean' | 'texts' | 'numbers' | 'json';

export interface TableColumn {
  /** In the header: `name`, `quotas.sessions`. */
  readonly name: string;
  /** Keys within the row's object. */
  readonly path: readonly string[];
  readonly type: CellType;
  readonly isRequired: boolean;
  /** It holds, as JSON, what other columns or another table hold in parts; needed where that is empty. */
  readonly isWhole: boolean;
}

/** A section of the registry as a flat table, or the objects in a list of its items as one. */
export interface TableLayout {
  /** Of the file, without .csv: `stations`, `station-parameters`. */
  readonly name: string;
  readonly kind: RegistryKind;
  /** Undefined: a row is an item. Else it is an element of this list of the item that `owner` names. */
  readonly list: string | undefined;
  /** Column that names the item of an element; the columns do not have it. */
  readonly owner: string | undefined;
  /** Column that distinguishes the rows (of one item). */
  readonly key: string;
  readonly columns: readonly TableColumn[];
}

/** Every table, items before the elements of their lists. Made from the schema: a new section or field is there by itself. */
export const tableLayouts: readonly TableLayout[] = registrySections.flatMap(
  ({ kind, section }) => {
    const item = itemSchema(kind);
    const items: TableLayout = {
      ...{ name: kebab(section), kind, list: undefined, owner: undefined, key: 'code' },
      columns: columnsOf(item, (key) => isTable(kind, propertyNode(item, key))),
    };
    const lists = Object.keys(item.properties ?? {}).flatMap((list): TableLayout[] => {
      const node = propertyNode(item, list);
      const key = listKeyOf(node);
      if (!isTable(kind, node) || key === undefined) return [];
      const columns = columnsOf(elementNode(node), () => false);
      return [{ name: `${kind}-${kebab(list)}`, kind, list, owner: kind, key, columns }];
    });
    return [items, ...lists];
  },
);

/** A list of objects whose key is a plain text, so that each can be a row. */
function isTable(kind: RegistryKind, node: SchemaNode): boolean {
  const key = listKeyOf(node);
  if (node.type !== 'array' || key === undefined) return false;
  const element = elementNode(node);
  return typeOf(propertyNode(element, key)) === 'text' && !(kind in (element.properties ?? {}));
}

function columnsOf(node: SchemaNode, hasTable: (key: string) => boolean): readonly TableColumn[] {
  return Object.keys(node.properties ?? {}).flatMap((key): TableColumn[] => {
    const property = propertyNode(node, key);
    const isRequired = node.required?.includes(key) ?? false;
    const whole = { name: key, path: [key], type: 'json', isRequired, isWhole: true } as const;
    if (hasTable(key)) return [whole];
    if (!isFlatObject(property))
      return [{ name: key, path: [key], type: typeOf(property), isRequired, isWhole: false }];
    const parts = Object.keys(property.properties ?? {}).map((part) => ({
      name: `${key}.${part}`,
      path: [key, part],
      type: typeOf(propertyNode(property, part)),
      isRequired: false,
      isWhole: false,
    }));
    return [whole, ...parts];
  });
}

/** An object of known fields without anything deeper. */
function isFlatObject(node: SchemaNode): boolean {
  const fields = Object.keys(node.properties ?? {});
  return (
    node.type === 'object' &&
    node.additionalProperties === false &&
    fields.length > 0 &&
    fields.every((field) => typeOf(propertyNode(node, field)) !== 'json')
  );
}

function typeOf(node: SchemaNode): CellType {
  const values = node.enum ?? (node.const === undefined ? undefined : [node.const]);
  if (node.type === 'string' || values?.every((value) => typeof value === 'string') === true)
    return 'text';
  if (node.type === 'number' || node.type === 'integer') return 'number';
  if (node.type === 'boolean') return 'boolean';
  if (node.type !== 'array') return 'json';
  switch (typeOf(elementNode(node))) {
    case 'text':
      return 'texts';
    case 'number':
      return 'numbers';
    default:
      return 'json';
  }
}

/** remoteSites → remote-sites */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
