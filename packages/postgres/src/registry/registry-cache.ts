import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { validateRegistry, type Registry } from '@envigate/contracts';

/** A registry and the revision of the database it was read at. */
export interface RegistrySnapshot {
  readonly revision: number;
  readonly registry: Registry;
}

/** undefined where there is no file yet. Throws where it cannot be read as a snapshot. */
export async function readSnapshot(path: string): Promise<RegistrySnapshot | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { revision, registry } = JSON.parse(text) as { revision?: unknown; registry?: unknown };
  if (typeof revision !== 'number') throw new Error(`${path}: revision must be a number`);
  return { revision, registry: validateRegistry(registry) };
}

/**
 * Replaces the file whole: after a crash there is the old one or the new one. It holds password
 * hashes, so only its owner may read it. Several processes may share it.
 */
export async function writeSnapshot(path: string, snapshot: RegistrySnapshot): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(snapshot));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
