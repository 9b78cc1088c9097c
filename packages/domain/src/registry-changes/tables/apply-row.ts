import { readCell } from './cell-text.ts';
import type { TableColumn } from './table-layout.ts';

export type RowFields = Record<string, unknown>;

/**
 * Sets what the cells of a row say, and takes away what they leave empty; an empty cell for a whole
 * says nothing, its parts do. Returns the fields that a column gave as a whole.
 */
export function applyRow(
  target: RowFields,
  columns: readonly TableColumn[],
  cells: ReadonlyMap<string, string>,
  decimalComma: boolean,
): ReadonlySet<string> {
  const given = new Set<string>();
  const touched = new Set<string>();
  // Wholes first, so that a part wins over what the whole says of it.
  for (const column of [...columns].sort((a, b) => Number(b.isWhole) - Number(a.isWhole))) {
    const value = readCell(column, cells.get(column.name) ?? '', decimalComma);
    const [key = '', part] = column.path;
    if (part !== undefined) {
      const whole = asFields(target[key]);
      if (value === undefined) Reflect.deleteProperty(whole, part);
      else whole[part] = value;
      target[key] = whole;
      touched.add(key);
    } else if (value !== undefined) {
      target[key] = value;
      if (column.isWhole) given.add(key);
    } else if (!column.isWhole) Reflect.deleteProperty(target, key);
  }
  for (const key of touched)
    if (!given.has(key) && Object.keys(asFields(target[key])).length === 0)
      Reflect.deleteProperty(target, key);
  return given;
}

function asFields(value: unknown): RowFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
