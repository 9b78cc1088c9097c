import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration, Registry } from '@envigate/contracts';
import { inSchemaOrder, writeTables } from '@envigate/domain';
import { exportRegistry } from '@envigate/postgres';
import { printCsvTable, printYaml } from '@envigate/runtime';
import { CommandError, readChoice } from '../../shared/options.ts';
import { withStores } from '../../shared/stores.ts';

export interface ExportOptions {
  readonly format?: string;
  /** File to write, of CSV the folder; default: standard output. */
  readonly out?: string;
  /** Of CSV: ',' (the default) or ';', which goes with a decimal comma. */
  readonly separator?: string;
}

/** Prints the registry in a form that import reads back to the same, password hashes included. */
export async function exportRegistryAs(
  config: Configuration,
  { format, out, separator = ',' }: ExportOptions,
): Promise<void> {
  const write = writerOf(readChoice('--format', format, formats) ?? 'yaml', out, separator);
  await withStores(config, async ({ database }) =>
    write(inSchemaOrder(await exportRegistry(database))),
  );
}

const formats = ['yaml', 'json', 'csv'] as const;

function writerOf(
  format: (typeof formats)[number],
  out: string | undefined,
  separator: string,
): (registry: Registry) => Promise<void> {
  switch (format) {
    case 'yaml':
      return (registry) => writeText(printYaml(registry), out);
    case 'json':
      return (registry) => writeText(`${JSON.stringify(registry, undefined, 2)}\n`, out);
    case 'csv':
      if (out === undefined)
        throw new CommandError({
          vi: '--format csv cần một thư mục: --out <folder>',
          en: '--format csv needs a folder: --out <folder>',
        });
      if (separator !== ',' && separator !== ';')
        throw new CommandError({
          vi: `--separator phải là ',' hoặc ';'; giá trị đã nhập: '${separator}'`,
          en: `--separator must be ',' or ';', not '${separator}'`,
        });
      return (registry) => writeCsvFolder(registry, out, separator);
  }
}

async function writeText(text: string, out: string | undefined): Promise<void> {
  if (out === undefined) process.stdout.write(text);
  else await writePrivate(out, text);
}

async function writeCsvFolder(
  registry: Registry,
  out: string,
  separator: ',' | ';',
): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const { name, rows } of writeTables(registry, separator === ';'))
    await writePrivate(join(out, `${name}.csv`), printCsvTable(rows, separator));
}

/** It holds secrets: its owner alone may read it, also where the file was there before. */
async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, '', { mode: 0o600 });
  await chmod(file, 0o600);
  await writeFile(file, text);
}
