import type { Reception, Replay } from '@envigate/contracts';
import { readRelease, type ReplayableFile } from '@envigate/domain';
import type { Session } from '../connection/session.ts';

/**
 * A recorded file with the reception that brought it first, at the time of the last one: a time that lay in the
 * future when the file came first may have come by then, and its line was understood.
 */
export interface RecordedOriginal extends Pick<ReplayableFile, 'content' | 'open' | 'fileNo'> {
  readonly reception: Reception;
  /** What a person decided about it, by which it was stored last. */
  readonly decided: Pick<Replay, 'station' | 'profile' | 'asWhole'>;
}

/**
 * In the order given. Files without any reception, which only a damaged database has, are left out:
 * a replay must say what it repeats.
 */
export async function readOriginals(
  session: Session,
  fileNos: readonly number[],
): Promise<readonly RecordedOriginal[]> {
  if (fileNos.length === 0) return [];
  const rows = await session.query<OriginalRow>(
    `SELECT files.file_no, encode(file_id, 'hex') AS file_id, encode(content_hash, 'hex') AS content_hash,
            files.account, name, content, reception_id, spool_id, spool_sequence, last.received_at,
            protocol, peer, folder, warnings, open.scopes, open.lines,
            decided.station, decided.profile, decided.as_whole,
            NOT EXISTS (${wholeReception}) AND NOT EXISTS (${saidWhole}) AS "isInterrupted"
     FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (file_no, place)
     JOIN files ON files.file_no = wanted.file_no
     JOIN LATERAL (SELECT * FROM receptions r WHERE r.file_no = files.file_no
                   ORDER BY spool_id = 'replay', received_at, reception_id LIMIT 1) first
          ON true
     JOIN LATERAL (SELECT received_at FROM receptions r WHERE r.file_no = files.file_no
                   ORDER BY spool_id = 'replay', received_at DESC LIMIT 1) last
          ON true
     LEFT JOIN LATERAL (SELECT array_agg(scope) AS scopes,
                               array_agg(line) FILTER (WHERE line IS NOT NULL) AS lines
                        FROM quarantine q
                        WHERE q.file_no = files.file_no AND resolved_at IS NULL) open ON true
     LEFT JOIN LATERAL (SELECT station, profile, as_whole
                        FROM replays JOIN replay_batches USING (batch_id)
                        WHERE replays.file_no = files.file_no AND outcome = 'stored'
                          AND (station IS NOT NULL OR profile IS NOT NULL OR as_whole)
                        ORDER BY replays.spool_sequence DESC LIMIT 1) decided ON true
     ORDER BY wanted.place`,
    [fileNos],
  );
  return rows.map(originalOf);
}

// Of an upload that broke off nobody knows whether it was whole, until the same bytes came again.
const wholeReception = `
  SELECT FROM receptions r
  WHERE r.file_no = files.file_no AND r.spool_id <> 'replay'
    AND NOT EXISTS (SELECT FROM quarantine q
                    WHERE q.file_no = r.file_no AND q.reception_id = r.reception_id
                      AND q.reason = 'interrupted')`;

// What a person decided about a file remains, whatever else it still waits for.
const saidWhole = `
  SELECT FROM replays JOIN replay_batches USING (batch_id)
  WHERE replays.file_no = files.file_no AND as_whole`;

interface OriginalRow {
  readonly file_no: number;
  readonly file_id: string;
  readonly content_hash: string;
  readonly account: string;
  readonly name: string;
  readonly content: Buffer;
  readonly reception_id: string;
  readonly spool_id: string;
  readonly spool_sequence: number;
  readonly received_at: Date;
  readonly protocol: Reception['protocol'];
  readonly peer: string;
  readonly folder: string;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly scopes: readonly string[] | null;
  readonly lines: readonly number[] | null;
  readonly station: string | null;
  readonly profile: string | null;
  readonly as_whole: boolean | null;
  readonly isInterrupted: boolean;
}

function originalOf(row: OriginalRow): RecordedOriginal {
  const released = readRelease(row.warnings);
  return {
    fileNo: row.file_no,
    content: row.content,
    decided: {
      ...(row.station !== null && { station: row.station }),
      ...(row.profile !== null && { profile: row.profile }),
      ...(row.as_whole === true && { asWhole: true as const }),
    },
    open: { isFile: row.scopes?.includes('file') === true, lines: row.lines ?? [] },
    reception: {
      receptionId: row.reception_id,
      spoolId: row.spool_id,
      spoolSequence: row.spool_sequence,
      receivedAt: row.received_at.toISOString(),
      protocol: row.protocol,
      peer: row.peer,
      account: row.account,
      folder: row.folder,
      name: row.name,
      size: row.content.length,
      contentHash: row.content_hash,
      fileId: row.file_id,
      ...(released !== undefined && { released }),
      ...(row.isInterrupted && { interrupted: true as const }),
    },
  };
}
