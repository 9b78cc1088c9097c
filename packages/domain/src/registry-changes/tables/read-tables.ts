import {
  nearestWord,
  registrySchema,
  type BilingualText,
  type Registry,
} from '@envigate/contracts';
import { pointerKeys } from '../show-registry.ts';
import { itemName, registrySections, sectionOf, type RegistrySection } from '../registry-schema.ts';
import { doubtOf, readCell } from './cell-text.ts';
import { tableLayouts, type TableColumn, type TableLayout } from './table-layout.ts';

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
      this.faults.push({
        ...{ file, cell: start },
        text: {
          vi: `hàng tiêu đề phải có cột '${name}'`,
          en: `the header must have the column '${name}'`,
        },
      });
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
    const [hintVi, hint] = meant === undefined ? ['', ''] : hintAt(meant);
    const code = cell.text.trim();
    const text = {
      vi: `mã ${itemName(kind)} chưa khai báo: '${code}'${hintVi}`,
      en: `unknown ${kind} code '${code}'${hint}`,
    };
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

interface MatchedColumns {
  /** Name to its place in a row. */
  readonly columns: ReadonlyMap<string, number>;
  /** Those that hold anything. */
  readonly rows: readonly (readonly TableCell[])[];
  readonly faults: readonly Omit<TableFault, 'file'>[];
}

/** Which column is which, and which rows do not have the header's form. */
function matchColumns(
  header: readonly TableCell[],
  rows: readonly (readonly TableCell[])[],
  names: readonly string[],
): MatchedColumns {
  const faults: Omit<TableFault, 'file'>[] = [];
  const columns = new Map<string, number>();
  const filled = rows.filter((row) => !row.every(isBlank));
  header.forEach((cell, at) => {
    const name = cell.text.trim();
    const isUsed = filled.some((row) => !isBlank(row[at]));
    if (name === '') {
      // Spreadsheets save empty columns at the right.
      if (isUsed)
        faults.push({ cell, text: { vi: 'cột phải có tên', en: 'the column must have a name' } });
    } else if (!names.includes(name)) faults.push({ cell, text: unknownColumn(name, names) });
    else if (columns.has(name))
      faults.push({
        cell,
        text: { vi: `trùng cột '${name}'`, en: `the column '${name}' is there twice` },
      });
    else columns.set(name, at);
  });
  for (const row of filled) {
    const [first] = row;
    const surplus = row.slice(header.length).find((cell) => !isBlank(cell));
    const wanted = {
      vi: `phải có ${header.length} ô như hàng tiêu đề; hiện có ${row.length} ô`,
      en: `must have ${header.length} cells as the header, not ${row.length}`,
    };
    if (surplus !== undefined) faults.push({ cell: surplus, text: wanted });
    else if (first !== undefined && row.length < header.length)
      faults.push({ cell: first, text: wanted });
  }
  return { columns, rows: filled, faults };
}

function unknownColumn(name: string, names: readonly string[]): BilingualText {
  const meant = nearestWord(name, names);
  const list = names.join(', ');
  const [hintVi, hint] =
    meant === undefined ? [`; các cột: ${list}`, `; there are ${list}`] : hintAt(meant);
  return {
    vi: `bảng không có cột '${name}'${hintVi}`,
    en: `'${name}' is no column of this table${hint}`,
  };
}

/** In Vietnamese and in English. */
function hintAt(meant: string): readonly [string, string] {
  return [`; có phải là '${meant}'?`, `; did you mean '${meant}'?`];
}

function isBlank(cell: TableCell | undefined): boolean {
  return cell === undefined || cell.text.trim() === '';
}

type RowFields = Record<string, unknown>;

/**
 * Sets what the cells of a row say, and takes away what they leave empty; an empty cell for a whole
 * says nothing, its parts do. Returns the fields that a column gave as a whole.
 */
function applyRow(
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

export interface TableCell {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Of its first character in the line, from 1. */
  readonly column: number;
}

/** One table as it was read; the first row is the header. */
export interface TableInput {
  readonly file: string;
  /** One of tableLayouts. */
  readonly name: string;
  readonly decimalComma: boolean;
  readonly rows: readonly (readonly TableCell[])[];
}

export interface TableFault {
  readonly file: string;
  readonly cell: TableCell;
  /** What was expected and found. */
  readonly text: BilingualText;
}
