import { stat } from 'node:fs/promises';
import type { Registry } from '@envigate/contracts';
import { messageOf, readYamlDocument, type YamlDocument } from '@envigate/runtime';
import { CommandError } from '../../options.ts';
import type { RegistryDraft } from './describe-faults.ts';
import { joinDocuments } from './join-documents.ts';
import { readCsvFiles } from './read-csv-files.ts';

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
    const why = messageOf(error);
    throw new CommandError(
      { vi: `không đọc được ${path}: ${why}`, en: `${path} cannot be read: ${why}` },
      { cause: error },
    );
  });
  return found.isDirectory();
}
