import { exportRegistry, type Database } from '@envigate/postgres';
import { CommandError } from './options.ts';

/**
 * Throws where the registry has no such station. For a question about one whose answer is empty: a
 * misspelt code must not look like "nothing there".
 */
export async function requireStation(database: Database, code: string): Promise<void> {
  const { stations } = await exportRegistry(database);
  if (!stations.some((station) => station.code === code))
    throw new CommandError({
      vi: `danh mục không có trạm '${code}'`,
      en: `station '${code}' is not in the registry`,
    });
}
