import type { FileRecord, OriginalBytes } from '@envigate/contracts';
import { statement, type Session } from '../connection/session.ts';
import { listDeliveries } from '../deliveries/list-deliveries.ts';
import { listQuarantine } from '../record/list-quarantine.ts';
import { listReceptions } from '../record/list-receptions.ts';

const selectFile = statement(
  'file-record',
  `SELECT encode(file_id, 'hex') AS "fileId", encode(content_hash, 'hex') AS "contentHash",
          account, name, station.station, state, form, length(content) AS size,
          data_from AS "dataFrom", data_to AS "dataTo", recorded_at AS "recordedAt"
   FROM files LEFT JOIN station_keys station USING (station_id)
   WHERE file_id = decode($1, 'hex')`,
);

const selectOriginal = statement(
  'file-original',
  `SELECT name, content FROM files WHERE file_id = decode($1, 'hex')`,
);

const mostListed = 1_000;

/** A file and all that became of it: the newest 1,000 receptions, quarantine rows and deliveries. */
export async function readFileRecord(
  session: Session,
  fileId: string,
): Promise<FileRecord | undefined> {
  const of = { fileId, limit: mostListed };
  const [file] = await session.query<FileFields>(selectFile, [fileId]);
  if (file === undefined) return undefined;
  const pages = await Promise.all([
    listReceptions(session, of),
    listQuarantine(session, of),
    listDeliveries(session, of),
  ]);
  const [receptions, quarantine, deliveries] = pages;
  return {
    ...file,
    ...{ receptions: receptions.rows, quarantine: quarantine.rows, deliveries: deliveries.rows },
  };
}

type FileFields = Omit<FileRecord, 'receptions' | 'quarantine' | 'deliveries'>;

export async function readOriginal(
  session: Session,
  fileId: string,
): Promise<OriginalBytes | undefined> {
  const [row] = await session.query<OriginalBytes>(selectOriginal, [fileId]);
  return row;
}
