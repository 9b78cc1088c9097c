import { createHash } from 'node:crypto';
import type { NormalisedFile, QuarantinedFile } from '@envigate/contracts';
import { formerIdentityTexts, stationFolder } from '@envigate/domain';
import { framed } from '@envigate/runtime';
import {
  bytes,
  hexes,
  namesOf,
  numbers,
  parametersOf,
  rowsOf,
  texts,
  type Column,
} from '../connection/columns.ts';
import { statement, type Session, hexArray, numberArray } from '../connection/session.ts';

type FileState = 'stored' | 'quarantined';

/** An original on its way into the database. */
export interface OriginalFile extends FileKnowledge {
  /** Of account, folder, name and bytes, hexadecimal; see identityTexts. */
  readonly fileId: string;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly contentHash: string;
  readonly account: string;
  readonly name: string;
  readonly content: Uint8Array;
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
  const inserted = await tx.query<FileRow>(insertFiles, parametersOf(fileColumns, files));
  for (const { fileId, ...file } of inserted) kept.set(fileId, { ...file, isNew: true });
  const known = files.filter((file) => !kept.has(file.fileId));
  if (known.length === 0) return kept;
  const fileNos = await findFileNos(
    tx,
    known.map((file) => file.fileId),
  );
  const found = await tx.query<FileRow>(selectFiles, [numberArray(fileNos)]);
  for (const { fileId, ...file } of found) kept.set(fileId, { ...file, isNew: false });
  const archived = known.filter((file) => !kept.has(file.fileId));
  if (archived.length === 0) return kept;
  const again = await tx.query<FileRow>(
    insertAgain,
    parametersOf(fileColumns, archived.map(asArchived)),
  );
  for (const { fileId, ...file } of again) kept.set(fileId, { ...file, isNew: false });
  return kept;
}

/**
 * A file that was archived with its month and came again. Its bytes are the same, as they are part of its identity, and
 * it was stored: files that wait for a person remain here. What its readings were only the archive says.
 */
function asArchived({ fileId, contentHash, account, name, content, stationId }: OriginalFile) {
  const unknown = { dataFrom: undefined, dataTo: undefined, form: undefined };
  const registry = { readRevision: undefined, readingMark: undefined };
  const original = { fileId, contentHash, account, name, content, stationId };
  return { ...original, state: 'stored' as const, ...unknown, ...registry };
}

const fileColumns: readonly Column<OriginalFile>[] = [
  hexes(({ fileId }) => fileId),
  hexes(({ contentHash }) => contentHash),
  texts(({ account }) => account),
  texts(({ name }) => name),
  bytes(({ content }) => content),
  texts(({ state }) => state),
  numbers(({ stationId }) => stationId ?? null),
  texts(({ dataFrom }) => dataFrom ?? null),
  texts(({ dataTo }) => dataTo ?? null),
  texts(({ form }) => form ?? null),
  numbers(({ readRevision }) => readRevision ?? null),
  texts(({ readingMark }) => readingMark ?? null),
];

interface FileRow extends Omit<KeptFile, 'isNew'> {
  readonly fileId: string;
}

const fileRow = `encode(file_id, 'hex') AS "fileId", file_no AS "fileNo", state,
  read_revision AS "readRevision", reading_mark AS "readingMark"`;

const filesGiven = `file_id bytea, content_hash bytea, account text, name text, content bytea, state text,
  station_id integer, data_from timestamptz, data_to timestamptz, form text, read_revision bigint, reading_mark text`;

// The order of the first unnest is that in which the files get their numbers.
const insertFiles = statement(
  'files-insert',
  `WITH fresh AS (
     INSERT INTO file_keys (file_id) SELECT unnest($1::bytea[])
     ON CONFLICT DO NOTHING
     RETURNING file_id, file_no)
   INSERT INTO files (${namesOf(filesGiven)}, file_no)
   SELECT given.*, fresh.file_no FROM ${rowsOf(filesGiven)} AS given JOIN fresh USING (file_id)
   RETURNING ${fileRow}`,
);

// Under the number that it had: whoever refers to it does so again.
const insertAgain = `
  INSERT INTO files (${namesOf(filesGiven)}, file_no)
  SELECT given.*, key.file_no FROM ${rowsOf(filesGiven)} AS given JOIN file_keys key USING (file_id)
  RETURNING ${fileRow}`;

/** Of those that are known, in no order. */
async function findFileNos(tx: Session, fileIds: readonly string[]): Promise<readonly number[]> {
  const rows = await tx.query<{ fileNo: number }>(selectFileNos, [hexArray(fileIds)]);
  return rows.map(({ fileNo }) => fileNo);
}

const selectFileNos = statement(
  'file-keys-select',
  'SELECT file_no AS "fileNo" FROM file_keys WHERE file_id = ANY($1::bytea[])',
);

const selectFiles = `SELECT ${fileRow} FROM files WHERE file_no = ANY($1::bigint[])`;

export type RecordableFile = NormalisedFile | QuarantinedFile;

/**
 * The receptions with the identities under which their files are kept. Those of files that were
 * recorded before folders were part of the identity keep the former one: where the station is the same,
 * or, of a file that has none, the folder.
 */
export async function withKeptIdentities<F extends RecordableFile>(
  tx: Session,
  files: readonly F[],
): Promise<readonly F[]> {
  const formerIds = files.map(formerIdOf);
  const wanted = formerIds.filter((id) => id !== undefined);
  if (wanted.length === 0) return files;
  const fileNos = await findFileNos(tx, [...new Set(wanted)]);
  if (fileNos.length === 0) return files;
  const found = await tx.query<FormerFile>(selectFormer, [numberArray(fileNos)]);
  const formerOf = new Map(found.map((former) => [former.fileId, former]));
  return files.map((file, i) => {
    const former = formerOf.get(formerIds[i] ?? '');
    return former !== undefined && isSameFile(file, former) ? withId(file, former.fileId) : file;
  });
}

interface FormerFile {
  readonly fileId: string;
  readonly station: string | null;
  /** Of its first reception. */
  readonly folder: string;
}

/** Undefined where the identity is what it always was; a replay names the file by the one it has. */
function formerIdOf({ reception, content }: RecordableFile): string | undefined {
  const former = reception.replay === undefined ? formerIdentityTexts(reception) : undefined;
  return former && sha256(framed(former), content);
}

function isSameFile({ station, reception }: RecordableFile, former: FormerFile): boolean {
  if (station !== undefined && former.station !== null) return station === former.station;
  return stationFolder(reception.folder) === stationFolder(former.folder);
}

/**
 * The file as one of its own, apart from others of the same account, folder, name and bytes: nobody
 * knows yet whether it is theirs.
 */
export function apart<F extends RecordableFile>(file: F): F {
  const { receptionId, fileId } = file.reception;
  return withId(file, sha256(Buffer.from(`apart ${receptionId} ${fileId}`)));
}

/** Which of the files are stored as a person assigned them to a station, or a profile to them. */
export async function findAssigned(
  tx: Session,
  fileNos: readonly number[],
  what: 'station' | 'station or profile' = 'station',
): Promise<ReadonlySet<number>> {
  if (fileNos.length === 0) return new Set();
  const rows = await tx.query<{ fileNo: number }>(selectAssigned, [fileNos, what !== 'station']);
  return new Set(rows.map(({ fileNo }) => fileNo));
}

/** Which of the files were recorded before their station's present entry in the registry was made. */
export async function findChangedStations(
  tx: Session,
  files: readonly { readonly fileNo: number; readonly station: string }[],
): Promise<ReadonlySet<number>> {
  if (files.length === 0) return new Set();
  const rows = await tx.query<{ fileNo: number }>(selectChangedStations, [
    files.map(({ fileNo }) => fileNo),
    files.map(({ station }) => station),
  ]);
  return new Set(rows.map(({ fileNo }) => fileNo));
}

function withId<F extends RecordableFile>(file: F, fileId: string): F {
  return { ...file, reception: { ...file.reception, fileId } };
}

function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

const selectFormer = `
  SELECT encode(file_id, 'hex') AS "fileId", station, first.folder
  FROM files
  JOIN LATERAL (SELECT folder FROM receptions WHERE receptions.file_no = files.file_no
                ORDER BY received_at, reception_id LIMIT 1) first ON true
  LEFT JOIN station_keys USING (station_id)
  WHERE file_no = ANY($1::bigint[])`;

const selectChangedStations = `
  SELECT DISTINCT file_no AS "fileNo"
  FROM unnest($1::bigint[], $2::text[]) AS given (file_no, station) JOIN files USING (file_no)
  JOIN registry_items item
    ON item.kind = 'station' AND item.code = given.station AND item.valid_to IS NULL
  WHERE item.valid_from > files.recorded_at AND file_no = ANY($1::bigint[])`;

const selectAssigned = statement(
  'files-assigned',
  `SELECT DISTINCT file_no AS "fileNo" FROM replays JOIN replay_batches USING (batch_id)
   WHERE file_no = ANY($1::bigint[]) AND outcome = 'stored'
     AND (station IS NOT NULL OR ($2 AND profile IS NOT NULL))`,
);

/** What was known of a file before its replay. */
export interface FileBefore {
  readonly state: FileState;
  readonly stationId: number | null;
  /** First and last instant of its readings. */
  readonly dataFrom: Date | null;
  readonly dataTo: Date | null;
  /** When it was received first; that counts where another file gives another value. */
  readonly receivedAt: Date;
}

/** Holds the files until the end of the transaction: their replays are recorded one after the other. */
export function lockReplayedFiles(
  tx: Session,
  fileNos: readonly number[],
): Promise<ReadonlyMap<number, FileBefore>> {
  return readFilesBefore(tx, fileNos, 'FOR NO KEY UPDATE');
}

export async function readFilesBefore(
  session: Session,
  fileNos: readonly number[],
  lock = '',
): Promise<ReadonlyMap<number, FileBefore>> {
  if (fileNos.length === 0) return new Map();
  const rows = await session.query<FileBefore & { fileNo: number }>(
    `SELECT file_no AS "fileNo", state, station_id AS "stationId", data_from AS "dataFrom",
            data_to AS "dataTo",
            coalesce((SELECT min(received_at) FROM receptions r WHERE r.file_no = files.file_no),
                     recorded_at) AS "receivedAt"
     FROM files WHERE file_no = ANY($1) ORDER BY file_no ${lock}`,
    [[...new Set(fileNos)]],
  );
  return new Map(rows.map(({ fileNo, ...before }) => [fileNo, before]));
}

/** What is known of a file from now on. The original stays as it is. */
export async function updateReplayedFile(
  tx: Session,
  fileNo: number,
  { state, stationId, dataFrom, dataTo, form, readRevision, readingMark }: FileKnowledge,
): Promise<void> {
  await tx.execute(
    `UPDATE files SET state = $2, station_id = $3, data_from = $4, data_to = $5, form = $6,
                      read_revision = $7, reading_mark = $8
     WHERE file_no = $1`,
    [
      ...[fileNo, state, stationId ?? null, dataFrom ?? null, dataTo ?? null, form ?? null],
      ...[readRevision ?? null, readingMark ?? null],
    ],
  );
}
