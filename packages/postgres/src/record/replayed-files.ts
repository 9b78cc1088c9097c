import type { Session } from '../connection/session.ts';
import type { FileKnowledge, FileState } from './files.ts';

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
