import type { Registry } from '@envigate/contracts';
import { itemsOf } from '../registry-schema.ts';
import { writeCell } from './cell-text.ts';
import { tableLayouts, type TableColumn, type TableLayout } from './table-layout.ts';

/** A table's name and its rows, the header first. */
export interface TableText {
  readonly name: string;
  readonly rows: readonly (readonly string[])[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Every table, also those without rows: read back over whatever registry, they make it this one.
 * `decimalComma`: for spreadsheets of places that write 7,5.
 */
export function writeTables(registry: Registry, decimalComma = false): readonly TableText[] {
  const items = itemsOf(registry);
  return tableLayouts.map((layout) => {
    const bodies = items
      .filter(({ kind }) => kind === layout.kind)
      .map(({ body }) => body as unknown as Fields);
    const rows = bodies.flatMap((body) => rowsOf(layout, body));
    const columns = layout.columns.filter(
      (column) => !column.isWhole || rows.some(({ fields }) => isEmptyWhole(fields[column.name])),
    );
    const owner = layout.owner === undefined ? [] : [layout.owner];
    return {
      name: layout.name,
      rows: [
        [...owner, ...columns.map(({ name }) => name)],
        ...rows.map(({ code, fields }) => [
          ...(layout.owner === undefined ? [] : [code]),
          ...columns.map((column) => cellOf(column, fields, decimalComma)),
        ]),
      ],
    };
  });
}

function rowsOf({ list }: TableLayout, body: Fields): { code: string; fields: Fields }[] {
  const code = String(body['code']);
  if (list === undefined) return [{ code, fields: body }];
  const elements = (body[list] ?? []) as readonly Fields[];
  return elements.map((fields) => ({ code, fields }));
}

function cellOf(column: TableColumn, fields: Fields, decimalComma: boolean): string {
  const value = column.path.reduce<unknown>((at, key) => (at as Fields | undefined)?.[key], fields);
  if (column.isWhole && !isEmptyWhole(value)) return '';
  return writeCell(column, value, decimalComma);
}

/** What is there and has no part that another column or table could show. */
function isEmptyWhole(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
