import { createInterface } from 'node:readline';
import { userInfo } from 'node:os';
import { ContractError, type Configuration } from '@envigate/contracts';
import { exportRegistry, importRegistry, migrate, type RegistryDiff } from '@envigate/postgres';
import { hashPassword, readYamlDocument, type YamlDocument } from '@envigate/runtime';
import { withStores } from '../with-stores.ts';

/** Makes the registry what the file says; prints what changes. Faults are told by file and line. */
export async function importRegistryFile(
  file: string,
  config: Configuration,
  options: { readonly dryRun: boolean },
): Promise<void> {
  const document = await readYamlDocument(file);
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const actor = userInfo().username;
    try {
      const diff = await importRegistry(database, document.value, { actor, ...options });
      for (const line of describeDiff(diff, options.dryRun)) console.log(line);
    } catch (error) {
      throw error instanceof ContractError ? locateFaults(error, document) : error;
    }
  });
}

function locateFaults(error: ContractError, document: YamlDocument): Error {
  const lines = error.faults.map(({ path, expected }) => {
    const keys = path.split('/').slice(1);
    return `${document.locate(keys)}: ${keys.join('.') || 'the document'} ${expected}`;
  });
  return new Error(`the registry was not changed:\n${lines.join('\n')}`, { cause: error });
}

function describeDiff(diff: RegistryDiff, dryRun: boolean): readonly string[] {
  const marks = [
    ['+', diff.added],
    ['~', diff.changed],
    ['-', diff.removed],
  ] as const;
  const lines = marks.flatMap(([mark, items]) =>
    items.map(({ kind, code }) => `${mark} ${kind} ${code}`),
  );
  if (lines.length === 0) return ['the registry is as the file says; nothing to change'];
  const summary = `${diff.added.length} added, ${diff.changed.length} changed, ${diff.removed.length} ended`;
  return [...lines, dryRun ? `${summary} (dry run: nothing was changed)` : summary];
}

/** Prints the registry as JSON, which is YAML too, in the form that import reads. */
export async function printRegistry(config: Configuration): Promise<void> {
  await withStores(config, async ({ database }) => {
    console.log(JSON.stringify(await exportRegistry(database), undefined, 2));
  });
}

/** Reads one line from standard input and prints its hash. */
export async function printPasswordHash(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for await (const password of lines) {
    if (password === '') throw new Error('an empty password is refused');
    console.log(await hashPassword(password));
    return;
  }
  throw new Error('no password on standard input');
}
