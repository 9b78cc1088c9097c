import {
  statement,
  type Session,
  byteaArray,
  hexArray,
  numberArray,
  textArray,
} from '../connection/session.ts';

export type FileState = 'stored' | 'quarantined';

/** An original on its way into the database. */
export interface OriginalFile extends FileKnowledge {
  /** Of account, folder, name and bytes, hexadecimal; see identityTexts. */
  readonly fileId: string;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly contentHash: string;
  readonly account: string;
  readonly name: string;
  readonly content: Buffer;
}

/** What reading a file found; its replay may find otherwise. */
export interface FileKnowledge {
  readonly state: FileState;
  readonly stationId: number | undefined;
  /** First and last instant of its readings, ISO 8601. */
  readonly dataFrom: string | undefined;
  readonly dataTo: string | undefined;
  /** How it was read, as describeForm says it. */
  readonly form: string | undefined;
  /** By what of the registry: its revision, and what it says of such files (see readingMark). */
  readonly readRevision: number | undefined;
  readonly readingMark: string | undefined;
}

/** Where an original is kept, whether it was there before, and what is known of it. */
export interface KeptFile {
  readonly fileNo: number;
  readonly isNew: boolean;
  readonly state: FileState;
  /** Null where it is not known; of a new file its own. */
  readonly readRevision: number | null;
  readonly readingMark: string | null;
}

/** Keeps each original once. `files` must not name a file twice. The answer is by file id. */
export async function keepFiles(
  tx: Session,
  files: readonly OriginalFile[],
): Promise<ReadonlyMap<string, KeptFile>> {
  const kept = new Map<string, KeptFile>();
  if (files.length === 0) return kept;
  const inserted = await tx.query<FileRow>(insertFiles, [
    hexArray(files.map((file) => file.fileId)),
    hexArray(files.map((file) => file.contentHash)),
    textArray(files.map((file) => file.account)),
    textArray(files.map((file) => file.name)),
    byteaArray(files.map((file) => file.content)),
    textArray(files.map((file) => file.state)),
    numberArray(files.map((file) => file.stationId ?? null)),
    textArray(files.map((file) => file.dataFrom ?? null)),
    textArray(files.map((file) => file.dataTo ?? null)),
    textArray(files.map((file) => file.form ?? null)),
    numberArray(files.map((file) => file.readRevision ?? null)),
    textArray(files.map((file) => file.readingMark ?? null)),
  ]);
  for (const { fileId, ...file } of inserted) kept.set(fileId, { ...file, isNew: true });
  const known = files.filter((file) => !kept.has(file.fileId));
  if (known.length === 0) return kept;
  const found = await tx.query<FileRow>(selectFiles, [hexArray(known.map((file) => file.fileId))]);
  for (const { fileId, ...file } of found) kept.set(fileId, { ...file, isNew: false });
  return kept;
}

interface FileRow extends Omit<KeptFile, 'isNew'> {
  readonly fileId: string;
}

const fileRow = `encode(file_id, 'hex') AS "fileId", file_no AS "fileNo", state,
  read_revision AS "readRevision", reading_mark AS "readingMark"`;

const insertFiles = statement(
  'files-insert',
  `INSERT INTO files (file_id, content_hash, account, name, content, state, station_id, data_from, data_to,
                      form, read_revision, reading_mark)
   SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::text[],
                        $7::integer[], $8::timestamptz[], $9::timestamptz[], $10::text[],
                        $11::bigint[], $12::text[])
   ON CONFLICT (file_id) DO NOTHING
   RETURNING ${fileRow}`,
);

const selectFiles = statement(
  'files-select',
  `SELECT ${fileRow} FROM files WHERE file_id = ANY($1::bytea[])`,
);
