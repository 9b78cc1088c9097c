import { nearestWord, registrySchema, type Registry } from '@envigate/contracts';
import { pointerKeys } from '../describe-place.ts';
import { registrySections, sectionOf, type RegistrySection } from '../registry-sections.ts';
import { applyRow, type RowFields } from './apply-row.ts';
import { doubtOf } from './doubtful-numbers.ts';
import { matchColumns } from './match-columns.ts';
import type { TableCell, TableFault, TableInput } from './table-input.ts';
import { tableLayouts, type TableLayout } from './table-layout.ts';

export interface TablesRead {
  /** Not checked yet: what a cell holds may be anything. */
  readonly document: object;
  /** Of headers and rows; what is wrong with a value is for the schema to say. */
  readonly faults: readonly TableFault[];
  /** Numbers that a spreadsheet may have moved by thousands; a person should look at them first. */
  readonly doubts: readonly TableFault[];
  /** Where the value at a JSON pointer into the document, or the nearest around it, was written. */
  locate(pointer: string): TablePlace | undefined;
  /** Of this very value; undefined where it has no cell. */
  locateExactly(pointer: string): TablePlace | undefined;
}

export type TablePlace = Omit<TableFault, 'text'>;

/**
 * Tables laid over a registry. A table of a section replaces all of its items, one of a list that
 * list in every item. What no column says of an item or element stays as it was; sections without
 * a table stay as they are.
 */
export function readTables(current: Registry, tables: readonly TableInput[]): TablesRead {
  const reader = new TablesReader(current);
  const layouts = tableLayouts.flatMap((layout) =>
    tables.filter(({ name }) => name === layout.name).map((table) => ({ layout, table })),
  );
  for (const { layout, table } of layouts) reader.read(layout, table);
  return reader;
}

class TablesReader implements TablesRead {
  readonly faults: TableFault[] = [];
  readonly doubts: TableFault[] = [];
  readonly #sections: Map<RegistrySection, RowFields[]>;
  readonly #places = new Map<string, TablePlace>();
  /** Lists that a column of the item itself gave. */
  readonly #given = new WeakMap<RowFields, ReadonlySet<string>>();

  constructor(current: Registry) {
    this.#sections = new Map(
      registrySections.map(({ section }) => [section, structuredCloneOf(current[section] ?? [])]),
    );
  }

  get document(): object {
    const required: readonly string[] = registrySchema.required;
    return Object.fromEntries(
      [...this.#sections].filter(
        ([section, items]) => items.length > 0 || required.includes(section),
      ),
    );
  }

  locateExactly(pointer: string): TablePlace | undefined {
    return this.#places.get(pointerKeys(pointer).join('/'));
  }

  locate(pointer: string): TablePlace | undefined {
    for (let keys = pointerKeys(pointer); keys.length > 0; keys = keys.slice(0, -1)) {
      const place = this.#places.get(keys.join('/'));
      if (place !== undefined) return place;
    }
    return undefined;
  }

  read(layout: TableLayout, table: TableInput): void {
    const { file, rows, decimalComma } = table;
    const [header = [], ...others] = rows;
    const names = [
      ...(layout.owner === undefined ? [] : [layout.owner]),
      ...layout.columns.map(({ name }) => name),
    ];
    const matched = matchColumns(header, others, names);
    for (const { cell, text } of matched.faults) this.faults.push({ file, cell, text });
    const needed = layout.owner === undefined ? [layout.key] : [layout.owner, layout.key];
    const lacking = needed.filter((name) => !matched.columns.has(name));
    const [start = { text: '', line: 1, column: 1 }] = header;
    for (const name of lacking)
      this.faults.push({ file, cell: start, text: `the header must have the column '${name}'` });
    if (lacking.length > 0) return;
    const records = matched.rows.map((cells) => {
      const cellsByName = new Map<string, TableCell>();
      for (const [name, at] of matched.columns) {
        const cell = cells[at];
        if (cell !== undefined) cellsByName.set(name, cell);
      }
      return { file, cells: cellsByName, decimalComma, first: cells[0] ?? start };
    });
    if (layout.list === undefined) this.#readItems(layout, records);
    else this.#readElements(layout, layout.list, records);
  }

  #readItems(layout: TableLayout, records: readonly TableRecord[]): void {
    const section = sectionOf(layout.kind);
    const known = new Map(this.#sections.get(section)?.map((item) => [item['code'], item]));
    const items = records.map((record, i) => {
      const code = record.cells.get('code')?.text.trim() ?? '';
      const item: RowFields = { ...known.get(code) };
      this.#apply(layout, item, record, `${section}/${i}`);
      return item;
    });
    this.#sections.set(section, items);
  }

  #readElements(layout: TableLayout, list: string, records: readonly TableRecord[]): void {
    const section = sectionOf(layout.kind);
    const items = this.#sections.get(section) ?? [];
    const byOwner = new Map<unknown, TableRecord[]>(items.map(({ code }) => [code, []]));
    for (const record of records) {
      const cell = record.cells.get(layout.owner ?? '');
      const owned = byOwner.get(cell?.text.trim());
      if (owned !== undefined) owned.push(record);
      else if (cell !== undefined)
        this.#reportOwner(record.file, cell, layout, [...byOwner.keys()]);
    }
    items.forEach((item, i) => {
      const owned = byOwner.get(item['code']) ?? [];
      const known = new Map(
        elementsOf(item[list]).map((element) => [element[layout.key], element]),
      );
      if (owned.length === 0) {
        if (this.#given.get(item)?.has(list) !== true) Reflect.deleteProperty(item, list);
        return;
      }
      item[list] = owned.map((record, j) => {
        const key = record.cells.get(layout.key)?.text.trim();
        const element: RowFields = { ...known.get(key) };
        this.#apply(layout, element, record, `${section}/${i}/${list}/${j}`);
        return element;
      });
    });
  }

  #reportOwner(
    file: string,
    cell: TableCell,
    { kind }: TableLayout,
    codes: readonly unknown[],
  ): void {
    const meant = nearestWord(cell.text.trim(), codes.map(String));
    const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
    const text = `unknown ${kind} code '${cell.text.trim()}'${hint}`;
    this.faults.push({ file, cell, text });
  }

  #apply(layout: TableLayout, target: RowFields, record: TableRecord, pointer: string): void {
    const { file, first, cells, decimalComma } = record;
    this.#places.set(pointer, { file, cell: first });
    const columns = layout.columns.filter(({ name }) => cells.has(name));
    const texts = new Map([...cells].map(([name, { text }]) => [name, text]));
    const known = columns.map(({ path }) => valueAt(target, path));
    this.#given.set(target, applyRow(target, columns, texts, decimalComma));
    columns.forEach(({ name, path, type }, at) => {
      const cell = cells.get(name);
      if (cell === undefined) return;
      this.#places.set(`${pointer}/${path.join('/')}`, { file, cell });
      if (type !== 'number' && type !== 'numbers') return;
      const [before, after] = [known[at], valueAt(target, path)];
      const text = doubtOf({ column: name, text: cell.text, before, after });
      if (text !== undefined) this.doubts.push({ file, cell, text });
    });
  }
}

interface TableRecord {
  readonly file: string;
  readonly cells: ReadonlyMap<string, TableCell>;
  readonly decimalComma: boolean;
  readonly first: TableCell;
}

function valueAt(row: RowFields, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as RowFields | undefined)?.[key], row);
}

function elementsOf(value: unknown): readonly RowFields[] {
  return Array.isArray(value) ? (value as RowFields[]) : [];
}

/** The bodies are changed in place; the registry they come from is not. */
function structuredCloneOf(items: readonly object[]): RowFields[] {
  return JSON.parse(JSON.stringify(items)) as RowFields[];
}
