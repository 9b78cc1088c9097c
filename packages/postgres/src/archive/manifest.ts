import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptContents } from '../archived/archived-months.ts';
import type { ColumnType } from './archived-tables.ts';
import type { Block } from './csv.ts';

/** Its files and their meaning are described in docs/archive.md. A change of meaning gets another number. */
export const archiveFormat = 'envigate-archive-v1';

/** `manifest.json`: what an archive consists of. */
export interface Manifest extends KeptContents {
  readonly format: typeof archiveFormat;
  /** `2026-03`, or `before`. */
  readonly name: string;
  /** Of the instants and receptions in it, ISO 8601; null: without a beginning. To: exclusive. */
  readonly from: string | null;
  readonly to: string;
  readonly writtenAt: string;
  readonly writtenBy: { readonly program: string; readonly host: string; readonly actor: string };
  /** Of the archive in the database that it was written from. */
  readonly archiveId: number;
  readonly files: readonly DataFile[];
}

/** A CSV file with the rows of a table. */
export interface DataFile {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly ColumnType[];
  /** Without the header. */
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly blocks: readonly Block[];
}

/** Gets how far a table is, or a file of an archive. */
export type ArchiveProgress = (what: { readonly name: string; readonly rows: number }) => void;

export const manifestName = 'manifest.json';

export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

export interface ReadManifest {
  readonly manifest: Manifest;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
}

/** The folder has no archive of a form that this program reads. */
export class NoArchiveError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NoArchiveError';
  }
}

export async function readManifest(folder: string): Promise<ReadManifest> {
  const path = join(folder, manifestName);
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    throw new NoArchiveError(`${path} cannot be read: the folder is not an archive`, {
      cause: error,
    });
  }
  let parsed: Partial<Manifest> | undefined;
  try {
    parsed = JSON.parse(text.toString('utf8')) as Partial<Manifest>;
  } catch (error) {
    throw new NoArchiveError(`${path} is not JSON: it was changed`, { cause: error });
  }
  if (parsed.format !== archiveFormat)
    throw new NoArchiveError(
      `${path}: expected format '${archiveFormat}', found '${String(parsed.format)}'`,
    );
  const lists = [parsed.files, parsed.chains, parsed.spools, parsed.stations];
  if (typeof parsed.name !== 'string' || !lists.every(Array.isArray))
    throw new NoArchiveError(
      `${path}: 'name', 'files', 'chains', 'spools' or 'stations' is missing`,
    );
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { manifest: parsed as Manifest, sha256 };
}
