import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isMissing, replaceFile, type Disk } from './disk.ts';
import { SpoolDamagedError } from './errors.ts';

const name = 'spool.json';
const version = 1;

/** Who the spool is: written once, never changed. */
export interface Manifest {
  readonly version: number;
  readonly spoolId: string;
}

/** Undefined where the folder holds no spool yet. */
export async function readManifest(disk: Disk, dir: string): Promise<Manifest | undefined> {
  const path = join(dir, name);
  let bytes: Buffer;
  try {
    bytes = await disk.readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const manifest = parse(bytes.toString());
  if (manifest === undefined) {
    throw new SpoolDamagedError(path, 0, 'expected {"version":1,"spoolId":"…"}');
  }
  return manifest;
}

export async function createManifest(disk: Disk, dir: string): Promise<Manifest> {
  const manifest = { version, spoolId: randomUUID() };
  await replaceFile(disk, dir, name, Buffer.from(`${JSON.stringify(manifest)}\n`));
  return manifest;
}

function parse(text: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(text) as Partial<Manifest> | null;
    return manifest?.version === version && typeof manifest.spoolId === 'string'
      ? { version, spoolId: manifest.spoolId }
      : undefined;
  } catch {
    return undefined;
  }
}
