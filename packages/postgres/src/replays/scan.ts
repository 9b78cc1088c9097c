import { createHash } from 'node:crypto';
import type { QuarantinedName, ReplayableFile } from '@envigate/domain';
import type { Session } from '../connection/session.ts';
import { readOriginals } from './replayable-files.ts';
import { requestReplays, stationFileOf, ulid } from './request-replays.ts';
import { stepLimits, upToBytes, type SelectedFile, type StepLimits } from './selection.ts';

/** How far the look for what a registry revision cured has come. */
export type ScanPosition =
  | { readonly stage: 'quarantine'; readonly reason: string; readonly after: number }
  | {
      readonly stage: 'symbols';
      /** The last pair of station and symbol looked at, and the last of its instants; null at the start. */
      readonly pair: { readonly stationId: number; readonly parameterId: number } | null;
      readonly after: string | null;
    };

export interface Scan {
  readonly revision: number;
  /** 1, 2 …: what was put on its way may meet a normaliser that has not seen the revision yet. */
  readonly pass: number;
  /** Null when done. */
  readonly position: ScanPosition | null;
}

/** Begins a pass, unless another instance has begun it or a later one. */
export async function beginScan(
  session: Session,
  { revision, pass, position }: Scan,
): Promise<void> {
  await session.execute(
    `UPDATE replay_scan SET revision = $1, pass = $2, position = $3, finished_at = NULL
     WHERE (revision, pass) < ($1, $2)`,
    [revision, pass, JSON.stringify(position)],
  );
}

/** Holds the scan until the end of the transaction; undefined where another instance does. */
export async function lockScan(tx: Session): Promise<Scan | undefined> {
  const [row] = await tx.query<Scan>(
    'SELECT revision, pass, position FROM replay_scan FOR UPDATE SKIP LOCKED',
  );
  return row;
}

export async function moveScan(tx: Session, { revision, pass, position }: Scan): Promise<void> {
  await tx.execute(
    `UPDATE replay_scan SET position = $1, finished_at = CASE WHEN $2 THEN now() END`,
    [JSON.stringify(position), position === null],
  );
  if (position !== null) return;
  await tx.execute('UPDATE replay_batches SET expanded_at = now() WHERE batch_id = $1', [
    automaticBatchId(revision, pass),
  ]);
}

/** A finished pass that put files on their way which have all arrived, and since when. */
export async function settledPass(
  session: Session,
): Promise<(Pick<Scan, 'revision' | 'pass'> & { readonly finishedSeconds: number }) | undefined> {
  const [scan] = await session.query<{ revision: number; pass: number; finishedSeconds: number }>(
    `SELECT revision, pass, CASE WHEN finished_at > now() THEN 'infinity' -- by a clock that was ahead
            ELSE extract(epoch FROM now() - finished_at) END::float8 AS "finishedSeconds"
     FROM replay_scan WHERE finished_at IS NOT NULL`,
  );
  if (scan === undefined) return undefined;
  const [row] = await session.query<{ requested: number; underWay: number }>(
    `SELECT count(*) AS requested, count(*) FILTER (WHERE recorded_at IS NULL) AS "underWay"
     FROM replays WHERE batch_id = $1`,
    [automaticBatchId(scan.revision, scan.pass)],
  );
  return row === undefined || row.requested === 0 || row.underWay > 0 ? undefined : scan;
}

export interface QuarantinedFile extends QuarantinedName, SelectedFile {}

/** Open rows of one reason, in order, after a position. */
export function nextQuarantined(
  session: Session,
  { reason, after, limit }: { reason: string; after: number; limit: number },
): Promise<readonly QuarantinedFile[]> {
  return session.query<QuarantinedFile>(
    `SELECT quarantine_id AS position, file.file_no AS "fileNo", length(content) AS size, reason,
            q.account, name, folder
     FROM quarantine q JOIN files file USING (file_no) JOIN receptions USING (reception_id)
     WHERE resolved_at IS NULL AND reason = $1 AND quarantine_id > $2
     ORDER BY quarantine_id LIMIT $3`,
    [reason, after, limit],
  );
}

/**
 * Asks for the replay of those of the files on which `isCured` says yes, in the name of the
 * registry's revision. Reads no more than the limit at once: returns how many were looked at.
 */
export async function requestCured(
  tx: Session,
  scan: Pick<Scan, 'revision' | 'pass'>,
  files: readonly SelectedFile[],
  isCured: (file: ReplayableFile) => boolean,
  limits: StepLimits = stepLimits,
): Promise<{ readonly looked: number; readonly requested: number }> {
  const taken = upToBytes(files.slice(0, limits.files), limits.bytes);
  const fileNos = [...new Set(taken.map(({ fileNo }) => fileNo))];
  const cured = (await readOriginals(tx, fileNos)).filter((original) =>
    isCured({ ...original, file: stationFileOf(original.reception, original.content) }),
  );
  if (cured.length === 0) return { looked: taken.length, requested: 0 };
  const order = await automaticOrder(tx, scan);
  const requested = await requestReplays(
    tx,
    order,
    cured.map(({ fileNo }) => fileNo),
  );
  return { looked: taken.length, requested };
}

const automaticActor = 'registry';

async function automaticOrder(tx: Session, { revision, pass }: Pick<Scan, 'revision' | 'pass'>) {
  const batch = automaticBatchId(revision, pass);
  const note = `registry revision ${revision}`;
  await tx.execute(
    `INSERT INTO replay_batches (batch_id, actor, requested_at, note, automatic, selection, upto)
     VALUES ($1, $2, now(), $3, true, $4, 0) ON CONFLICT DO NOTHING`,
    [batch, automaticActor, note, JSON.stringify({ kind: 'registry', revision })],
  );
  const [row] = await tx.query<{ requested_at: Date }>(
    'SELECT requested_at FROM replay_batches WHERE batch_id = $1',
    [batch],
  );
  if (row === undefined) throw new Error(`batch ${batch} was neither made nor found`);
  return {
    ...{ batch, actor: automaticActor, note, automatic: true as const },
    requestedAt: row.requested_at.toISOString(),
  };
}

export function automaticBatchId(revision: number, pass: number): string {
  return ulid(0, createHash('sha256').update(`registry ${revision} pass ${pass}`).digest());
}
