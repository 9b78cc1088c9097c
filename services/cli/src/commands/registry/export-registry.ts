import { writeFile } from 'node:fs/promises';
import type { Configuration } from '@envigate/contracts';
import { exportRegistry } from '@envigate/postgres';
import { printYaml } from '@envigate/runtime';
import { withStores } from '../../with-stores.ts';

export interface ExportOptions {
  readonly format?: string;
  /** File to write; default: standard output. */
  readonly out?: string;
}

/** Prints the registry in a form that import reads back to the same, password hashes included. */
export async function exportRegistryAs(
  config: Configuration,
  { format = 'yaml', out }: ExportOptions,
): Promise<void> {
  await withStores(config, async ({ database }) => {
    const registry = await exportRegistry(database);
    const text = printAs(format, registry);
    if (out === undefined) process.stdout.write(text);
    // It holds secrets: its owner alone may read it.
    else await writeFile(out, text, { mode: 0o600 });
  });
}

function printAs(format: string, registry: object): string {
  switch (format) {
    case 'yaml':
      return printYaml(registry);
    case 'json':
      return `${JSON.stringify(registry, undefined, 2)}\n`;
    default:
      throw new Error(`--format must be yaml, json or csv, not '${format}'`);
  }
}
