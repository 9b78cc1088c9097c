import { readdir } from 'node:fs/promises';
import { unfinishedEnding } from '../home/tree-path.ts';

/**
 * How many files are held below the folder of the accounts' folders: doubtful ones, parts of broken
 * uploads, files under temporary names. For who looks from outside, while the receiver runs or not;
 * 0 where there is no such folder.
 */
export async function countHeld(homesDir: string): Promise<number> {
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = await readdir(homesDir, options).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile() && !entry.name.endsWith(unfinishedEnding)).length;
}
