import { stat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type Registry,
  type Fault,
  inBothLanguages,
  nearestWord,
  type ContractError,
} from '@envigate/contracts';
import { readYamlDocument, type YamlDocument, readCsvTable } from '@envigate/runtime';
import {
  pointerKeys,
  officersNumber,
  readTables,
  sectionOf,
  tableLayouts,
  type TableFault,
  type TableInput,
  type TableLayout,
  describePlace,
} from '@envigate/domain';
import { CommandError } from '../../shared/options.ts';

/**
 * YAML and JSON files make a whole registry, their sections put together; CSV files and folders are
 * laid over the registry as it is. Throws with the place of every fault of the texts.
 */
export async function readSources(
  paths: readonly string[],
  current: Registry,
): Promise<RegistryDraft> {
  const kinds = await Promise.all(
    paths.map(async (path) => ((await isCsv(path)) ? 'csv' : 'document')),
  );
  if (kinds.every((kind) => kind === 'csv')) return readCsvFiles(paths, current);
  if (kinds.includes('csv'))
    throw new CommandError({
      vi: 'chỉ nhập tài liệu (YAML, JSON) hoặc bảng (CSV), không nhập cả hai cùng lúc',
      en: 'import either documents (YAML, JSON) or tables (CSV), not both at once',
    });
  const documents: YamlDocument[] = [];
  for (const path of paths) documents.push(await readYamlDocument(path));
  return joinDocuments(documents);
}

async function isCsv(path: string): Promise<boolean> {
  if (path.toLowerCase().endsWith('.csv')) return true;
  const found = await stat(path).catch((error: unknown) => {
    const why = (error as Error).message;
    throw new CommandError(
      { vi: `không đọc được ${path}: ${why}`, en: `${path} cannot be read: ${why}` },
      { cause: error },
    );
  });
  return found.isDirectory();
}

/** Sections of the same name one after the other; anything else as the first document has it. */
export function joinDocuments(documents: readonly YamlDocument[]): RegistryDraft {
  const [first, ...others] = documents;
  if (first === undefined)
    throw new CommandError({ vi: 'cần ít nhất một tệp', en: 'name at least one file' });
  if (others.length === 0) {
    return {
      document: first.value,
      notes: [],
      isTables: false,
      doubts: [],
      faults: [],
      locate: ({ path, key }) => placeIn(first, pointerKeys(path), key),
    };
  }
  const joined = new Map<string, unknown>();
  const elements = new Map<string, { readonly from: YamlDocument; readonly index: number }[]>();
  const owners = new Map<string, YamlDocument>();
  for (const document of documents) {
    for (const [section, value] of Object.entries(asObject(document))) {
      const known = joined.get(section);
      if (known === undefined) {
        joined.set(section, value);
        owners.set(section, document);
      } else if (Array.isArray(known) && Array.isArray(value)) {
        joined.set(section, [...(known as unknown[]), ...(value as unknown[])]);
      }
      if (Array.isArray(value)) {
        const places = elements.get(section) ?? [];
        value.forEach((_, index) => places.push({ from: document, index }));
        elements.set(section, places);
      }
    }
  }
  return {
    document: Object.fromEntries(joined),
    notes: [],
    isTables: false,
    doubts: [],
    faults: [],
    locate: ({ path, key }: Fault) => {
      const [section = key ?? '', index, ...within] = pointerKeys(path);
      const element = index === undefined ? undefined : elements.get(section)?.[Number(index)];
      if (element !== undefined)
        return placeIn(element.from, [section, String(element.index), ...within], key);
      const owner = owners.get(section);
      if (owner === undefined) return documents.map(({ file }) => file).join(', ');
      return placeIn(owner, pointerKeys(path), key);
    },
  };
}

function asObject({ file, value }: YamlDocument): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandError({
    vi: `${file}:1:1: phải chứa các phần của danh mục (facilities, stations, …)`,
    en: `${file}:1:1: must hold sections of the registry (facilities, stations, …)`,
  });
}

function placeIn(document: YamlDocument, keys: readonly string[], key?: string): string {
  const place = document.place(keys, key);
  return place === undefined ? document.file : `${document.file}:${place.line}:${place.column}`;
}

/** Tables named as export names them (stations.csv, station-parameters.csv, …), laid over the registry. */
export async function readCsvFiles(
  paths: readonly string[],
  current: Registry,
): Promise<RegistryDraft> {
  const files = (await Promise.all(paths.map(csvFilesOf))).flat().sort();
  if (files.length === 0)
    throw new CommandError({
      vi: `không có tệp .csv trong ${paths.join(', ')}`,
      en: `there is no .csv file in ${paths.join(', ')}`,
    });
  const tables: TableInput[] = [];
  const unknown: string[] = [];
  for (const file of files) {
    const name = basename(file)
      .toLowerCase()
      .replace(/\.csv$/, '');
    if (layoutOf(name) === undefined) unknown.push(`${file}:1:1: ${unknownTable(name)}`);
    const { rows, separator } = await readCsvTable(file);
    tables.push({ file, name, rows, decimalComma: separator === ';' });
  }
  const read = readTables(current, tables);
  return {
    document: read.document,
    notes: tables.flatMap(describeTable),
    isTables: true,
    doubts: read.doubts.map(showFault),
    faults: [...unknown, ...twice(tables), ...read.faults.map(showFault)],
    locate({ path, key }: Fault) {
      const place =
        (key === undefined ? undefined : read.locateExactly(`${path}/${key}`)) ?? read.locate(path);
      if (place === undefined) return 'danh mục hiện tại · the registry as it is';
      return `${place.file}:${place.cell.line}:${place.cell.column}`;
    },
  };
}

async function csvFilesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => name.toLowerCase().endsWith('.csv'))
    .map((name) => join(path, name));
}

function layoutOf(name: string): TableLayout | undefined {
  return tableLayouts.find((layout) => layout.name === name);
}

function unknownTable(name: string): string {
  const names = tableLayouts.map((layout) => layout.name);
  const meant = nearestWord(name, names);
  const [vi, en] =
    meant === undefined
      ? [`; các bảng: ${names.join(', ')}`, `; there are ${names.join(', ')}`]
      : [`; có phải là '${meant}.csv'?`, `; did you mean '${meant}.csv'?`];
  return inBothLanguages({
    vi: `'${name}.csv' không phải bảng của danh mục${vi}`,
    en: `'${name}.csv' is no table of the registry${en}`,
  });
}

/** Of two tables of one name, the second would replace what the first says. */
function twice(tables: readonly TableInput[]): readonly string[] {
  return tables
    .filter(({ name }, i) => tables.findIndex((table) => table.name === name) !== i)
    .map(
      ({ file, name }) =>
        `${file}:1:1: ${inBothLanguages({ vi: `trùng bảng ${name}.csv`, en: `there is another table ${name}.csv` })}`,
    );
}

function describeTable({ file, name, rows }: TableInput): readonly string[] {
  const layout = layoutOf(name);
  if (layout === undefined) return [];
  const [header = []] = rows;
  const columns = new Set(header.map(({ text }) => text.trim()));
  const kept = layout.columns.filter((column) => !column.isWhole && !columns.has(column.name));
  const section = sectionOf(layout.kind);
  const [whoseVi, whose] =
    layout.list === undefined
      ? [`toàn bộ ${section}`, `all ${section}`]
      : [`${layout.list} của mọi ${layout.kind}`, `the ${layout.list} of every ${layout.kind}`];
  const names = kept.map((column) => column.name).join(', ');
  const others =
    kept.length === 0 ? '' : `; không có cột, giữ nguyên · no column, left as it is: ${names}`;
  const count = rows.length - 1;
  return [
    `# ${file} (${officersNumber(count)} dòng): thay ${whoseVi} · ${count} rows, replaces ${whose}${others}`,
  ];
}

function showFault({ file, cell, text }: TableFault): string {
  return `${file}:${cell.line}:${cell.column}: ${inBothLanguages(text)}`;
}

/** A document that an import is asked to take, and where each part of it was written. */
export interface RegistryDraft {
  readonly document: unknown;
  /** What a person should know before the differences: which sections a source replaces. */
  readonly notes: readonly string[];
  /** Whether it was read from tables, where spreadsheets change numbers. */
  readonly isTables: boolean;
  /** Numbers that a person has to confirm, each with its place and the reason. */
  readonly doubts: readonly string[];
  /** What is wrong with the form of the sources, each with its place; no import then. */
  readonly faults: readonly string[];
  /** `file:line:column`, or what there is to say instead. */
  locate(fault: Fault): string;
}

/** Every fault with its place, what was expected and what was found. */
export function describeFaults(
  { faults }: Pick<ContractError, 'faults'>,
  draft: RegistryDraft,
): readonly string[] {
  return faults.map((fault) => `${draft.locate(fault)}: ${describeFault(fault, draft)}`);
}

function describeFault(fault: Fault, { document }: RegistryDraft): string {
  const { label, found } = describePlace(document, fault);
  const isSaid = found === undefined || fault.expected.includes(found.en.replace(/^"|"$/g, "'"));
  const [foundVi, foundEn] = isSaid
    ? ['', '']
    : [`; giá trị hiện tại ${found.vi}`, `; found ${found.en}`];
  return inBothLanguages({
    vi: `${label === '' ? 'tài liệu' : label} ${fault.expectedVi}${foundVi}`,
    en: `${label === '' ? 'the document' : label} ${fault.expected}${foundEn}`,
  });
}
