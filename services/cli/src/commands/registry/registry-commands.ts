import type { Configuration } from '@envigate/contracts';
import type { Command } from 'commander';
import type { ExportOptions } from './export-registry.ts';
import type { ImportRegistryOptions } from './import-registry.ts';

/** `envigate registry …`; each command is loaded when it is used. */
export function addRegistryCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const registry = program
    .command('registry')
    .description('facilities, stations, accounts, parameters and targets');
  registry
    .command('import')
    .description('make the registry what the files say: shows what changes, asks, applies')
    .argument('<file...>', 'YAML or JSON, see schemas/registry')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'do not ask at the terminal')
    .action(async (files: string[], options: ImportRegistryOptions) => {
      const { importRegistryFiles } = await import('./import-registry.ts');
      await importRegistryFiles(files, await configuration(), options);
    });
  registry
    .command('export')
    .description('print the registry in a form that import reads, password hashes included')
    .option('--format <format>', 'yaml or json', 'yaml')
    .option('--out <file>', 'write it there, readable by you alone')
    .action(async (options: ExportOptions) => {
      const { exportRegistryAs } = await import('./export-registry.ts');
      await exportRegistryAs(await configuration(), options);
    });
  registry
    .command('hash-password')
    .description(
      "read a password from standard input and print its hash for an account's passwordHash",
    )
    .action(async () => {
      const { printPasswordHash } = await import('./hash-password.ts');
      await printPasswordHash();
    });
}
