import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inBothLanguages, nearestWord, type Fault, type Registry } from '@envigate/contracts';
import {
  officersNumber,
  readTables,
  sectionOf,
  tableLayouts,
  type TableFault,
  type TableInput,
  type TableLayout,
} from '@envigate/domain';
import { readCsvTable } from '@envigate/runtime';
import { CommandError } from '../../options.ts';
import type { RegistryDraft } from './describe-faults.ts';

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
  return `${file}:${cell.line}:${cell.column}: ${text}`;
}
