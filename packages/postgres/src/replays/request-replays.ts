import { createHash } from 'node:crypto';
import {
  stationFileCodec,
  type Reception,
  type Replay,
  type StationFile,
} from '@envigate/contracts';
import { replaySpoolId, readRelease, type ReplayableFile } from '@envigate/domain';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import type { Session } from '../connection/session.ts';
import { insertOutbox } from '../sinks/outbox.ts';

/** Who asked, when, and what was decided about the files. */
export type ReplayOrder = Omit<Replay, 'of'>;

/**
 * Puts files on their way again, with the caller's transaction: their messages wait in the outbox
 * for the relay. Left out are files whose replay is on its way already, or was asked for by this
 * batch before. Returns how many are new.
 *
 * A reread may ask for a file of its batch once more. All of it goes by one key, that of its station,
 * so that its files stay in their order.
 */
export async function requestReplays(
  tx: Session,
  order: ReplayOrder,
  fileNos: readonly number[],
  rereadStation?: string,
): Promise<number> {
  // The lock of all who ask: numbers without holes, in the order of the outbox.
  const [spool] = await tx.query<{ last_sequence: number }>(
    'SELECT last_sequence FROM replay_spool FOR UPDATE',
  );
  if (spool === undefined) throw new Error('replay_spool has no row');
  const isReread = rereadStation !== undefined;
  const wanted = isReread ? fileNos : await notYetRequested(tx, order.batch, fileNos);
  const originals = await readOriginals(tx, wanted);
  if (originals.length === 0) return 0;
  const attempts = isReread ? await countAttempts(tx, order.batch, wanted) : noAttempts;
  const replays = originals.map((original, i) => {
    const given = isReread ? { ...order, ...original.decided } : order;
    const attempt = 1 + (attempts.get(original.fileNo) ?? 0);
    const reception = receptionOfReplay(original, given, spool.last_sequence + 1 + i, attempt);
    return { original, reception, key: rereadStation ?? reception.account };
  });
  await tx.execute(
    `INSERT INTO replays (reception_id, batch_id, file_no, spool_sequence)
     SELECT reception_id, $4, file_no, spool_sequence
     FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS given (reception_id, file_no, spool_sequence)`,
    [
      replays.map(({ reception }) => reception.receptionId),
      replays.map(({ original }) => original.fileNo),
      replays.map(({ reception }) => reception.spoolSequence),
      order.batch,
    ],
  );
  await insertOutbox(tx, replays.map(recordOf));
  await tx.execute('UPDATE replay_spool SET last_sequence = last_sequence + $1', [replays.length]);
  return replays.length;
}

async function notYetRequested(
  tx: Session,
  batch: string,
  fileNos: readonly number[],
): Promise<readonly number[]> {
  const rows = await tx.query<{ file_no: number }>(
    `SELECT file_no FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (file_no, place)
     WHERE NOT EXISTS (SELECT FROM replays WHERE replays.file_no = wanted.file_no
                         AND (recorded_at IS NULL OR batch_id = $2))
     GROUP BY file_no ORDER BY min(place)`,
    [fileNos, batch],
  );
  return rows.map((row) => row.file_no);
}

const noAttempts: ReadonlyMap<number, number> = new Map();

async function countAttempts(
  tx: Session,
  batch: string,
  fileNos: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const rows = await tx.query<{ fileNo: number; attempts: number }>(
    `SELECT file_no AS "fileNo", count(*) AS attempts FROM replays
     WHERE batch_id = $1 AND file_no = ANY($2::bigint[]) GROUP BY file_no`,
    [batch, fileNos],
  );
  return new Map(rows.map(({ fileNo, attempts }) => [fileNo, attempts]));
}

/** The first reception once more, under a number of its own. */
export function receptionOfReplay(
  { reception }: Pick<RecordedOriginal, 'reception'>,
  order: ReplayOrder,
  spoolSequence: number,
  attempt = 1,
): Reception {
  return {
    ...reception,
    receptionId: replayReceptionId(order, reception.fileId, attempt),
    spoolId: replaySpoolId,
    spoolSequence,
    replay: { of: reception.receptionId, ...order },
  };
}

export function stationFileOf(reception: Reception, content: Uint8Array): StationFile {
  return { type: 'station-file.v2', reception, content };
}

function recordOf({
  original,
  reception,
  key,
}: {
  readonly original: RecordedOriginal;
  readonly reception: Reception;
  readonly key: string;
}): OutgoingRecord {
  return {
    stream: streams.files,
    key,
    id: reception.receptionId,
    value: stationFileCodec.encode(stationFileOf(reception, original.content)),
  };
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID of the request's time and, in place of chance, of batch and file: asked twice it is the same. */
function replayReceptionId(
  { batch, requestedAt }: Pick<ReplayOrder, 'batch' | 'requestedAt'>,
  fileId: string,
  attempt = 1,
): string {
  const more = attempt === 1 ? '' : `\0${attempt}`;
  const hash = createHash('sha256').update(`${batch}\0${fileId}${more}`).digest();
  return ulid(Date.parse(requestedAt), hash);
}

/** 48 bits of time and the first 80 bits of `entropy`. */
export function ulid(timeMs: number, entropy: Buffer): string {
  let bits = (BigInt(timeMs) << 80n) | BigInt(`0x${entropy.subarray(0, 10).toString('hex')}`);
  let text = '';
  for (let i = 0; i < 26; i++, bits >>= 5n) text = `${crockford[Number(bits & 31n)] ?? ''}${text}`;
  return text;
}

/**
 * A recorded file with the reception that brought it first, at the time of the last one: a time that lay in the
 * future when the file came first may have come by then, and its line was understood.
 */
export interface RecordedOriginal extends Pick<ReplayableFile, 'open' | 'fileNo'> {
  readonly reception: Reception;
  readonly content: Buffer;
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
