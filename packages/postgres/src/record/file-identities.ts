import { createHash } from 'node:crypto';
import type { NormalisedFile, QuarantinedFile } from '@envigate/contracts';
import { formerIdentityTexts, stationFolder } from '@envigate/domain';
import { framed } from '@envigate/runtime';
import { statement, type Session, hexArray } from '../connection/session.ts';

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
  const found = await tx.query<FormerFile>(selectFormer, [hexArray([...new Set(wanted)])]);
  if (found.length === 0) return files;
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
  const texts = reception.replay === undefined ? formerIdentityTexts(reception) : undefined;
  return texts && sha256(framed(texts), Buffer.from(content, 'base64'));
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

const selectFormer = statement(
  'files-former',
  `SELECT encode(file_id, 'hex') AS "fileId", station, first.folder
   FROM files
   JOIN LATERAL (SELECT folder FROM receptions WHERE receptions.file_no = files.file_no
                 ORDER BY received_at, reception_id LIMIT 1) first ON true
   LEFT JOIN station_keys USING (station_id)
   WHERE file_id = ANY($1::bytea[])`,
);

const selectChangedStations = statement(
  'files-of-changed-stations',
  `SELECT DISTINCT file_no AS "fileNo"
   FROM unnest($1::bigint[], $2::text[]) AS given (file_no, station) JOIN files USING (file_no)
   JOIN registry_items item
     ON item.kind = 'station' AND item.code = given.station AND item.valid_to IS NULL
   WHERE item.valid_from > files.recorded_at`,
);

const selectAssigned = statement(
  'files-assigned',
  `SELECT DISTINCT file_no AS "fileNo" FROM replays JOIN replay_batches USING (batch_id)
   WHERE file_no = ANY($1::bigint[]) AND outcome = 'stored'
     AND (station IS NOT NULL OR ($2 AND profile IS NOT NULL))`,
);
