import { createHash, randomBytes } from 'node:crypto';
import type { ReplayBatch, ReplayRequest, ReplaySelection } from '@envigate/domain';
import type { Session } from '../session.ts';
import { requestReplays, ulid, type ReplayOrder } from './request-replays.ts';
import { countSelected, selectFiles, type SelectedFile } from './selection.ts';

/** Keeps a request; whoever runs expandBatch puts its files on their way. Returns the batch. */
export async function insertBatch(session: Session, request: ReplayRequest): Promise<string> {
  const { requestId, actor, note, station, profile, asWhole, selection } = request;
  const requestedAt = new Date();
  const entropy =
    requestId === undefined ? randomBytes(10) : createHash('sha256').update(requestId).digest();
  // Without the time where the asker names it: asked again later it must be the same.
  const batchId = ulid(requestId === undefined ? requestedAt.getTime() : 0, entropy);
  const { upto } = await countSelected(session, selection);
  await session.execute(
    `INSERT INTO replay_batches (batch_id, actor, requested_at, note, station, profile, as_whole, selection, upto)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
    [
      ...[batchId, actor, requestedAt, note ?? null, station ?? null, profile ?? null],
      ...[asWhole === true, JSON.stringify(selection), upto],
    ],
  );
  return batchId;
}

interface BatchRow {
  readonly batch_id: string;
  readonly actor: string;
  readonly requested_at: Date;
  readonly note: string | null;
  readonly station: string | null;
  readonly profile: string | null;
  readonly as_whole: boolean;
  readonly selection: ReplaySelection;
  readonly position: number;
  readonly upto: number;
}

/** How much one step takes, so that transactions stay short and memory small. */
export interface StepLimits {
  readonly files: number;
  readonly bytes: number;
}

export const stepLimits: StepLimits = { files: 200, bytes: 8 * 1024 * 1024 };

/**
 * One step of the oldest open batch, in the caller's transaction. Undefined where none is open or
 * another holds them; otherwise how many replays it asked for.
 */
export async function expandBatch(
  tx: Session,
  limits: StepLimits = stepLimits,
): Promise<number | undefined> {
  const [batch] = await tx.query<BatchRow>(
    `SELECT batch_id, actor, requested_at, note, station, profile, as_whole, selection, position, upto
     FROM replay_batches WHERE expanded_at IS NULL AND NOT automatic
     ORDER BY requested_at, batch_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  if (batch === undefined) return undefined;
  const { batch_id: batchId, selection, position: after, upto } = batch;
  const page = await selectFiles(tx, selection, { after, upto, limit: limits.files });
  const taken = upToBytes(page, limits.bytes);
  const requested = await requestReplays(
    tx,
    orderOf(batch),
    taken.map(({ fileNo }) => fileNo),
  );
  const isLast = page.length < limits.files && taken.length === page.length;
  await tx.execute(
    `UPDATE replay_batches SET position = $2, expanded_at = CASE WHEN $3 THEN now() END
     WHERE batch_id = $1`,
    [batchId, taken.at(-1)?.position ?? after, isLast],
  );
  return requested;
}

function orderOf(batch: BatchRow): ReplayOrder {
  const { batch_id, actor, requested_at, note, station, profile, as_whole } = batch;
  return {
    batch: batch_id,
    actor,
    requestedAt: requested_at.toISOString(),
    ...(note !== null && { note }),
    ...(station !== null && { station }),
    ...(profile !== null && { profile }),
    ...(as_whole && { asWhole: true as const }),
  };
}

/** The longest beginning of the page that is not larger; at least one file. */
export function upToBytes(page: readonly SelectedFile[], bytes: number): readonly SelectedFile[] {
  let sum = 0;
  const end = page.findIndex(({ size }, i) => (sum += size) > bytes && i > 0);
  return end === -1 ? page : page.slice(0, end);
}

export async function readBatch(
  session: Session,
  batchId: string,
): Promise<ReplayBatch | undefined> {
  const [row] = await session.query<ReplayBatch>(
    `SELECT batch.batch_id AS "batchId", actor, requested_at AS "requestedAt", note, station, profile,
            as_whole AS "asWhole", automatic, expanded_at IS NOT NULL AS "isExpanded", figures.*
     FROM replay_batches batch, LATERAL (
       SELECT count(*) AS requested,
              count(*) FILTER (WHERE replay.recorded_at IS NULL) AS "underWay",
              count(*) FILTER (WHERE replay.outcome = 'stored') AS stored,
              count(*) FILTER (WHERE replay.outcome = 'quarantined') AS quarantined,
              count(*) FILTER (WHERE replay.outcome = 'undecodable') AS undecodable,
              coalesce(sum(new_readings), 0)::bigint AS "newReadings",
              coalesce(sum(corrections), 0)::bigint AS corrections
       FROM replays replay LEFT JOIN receptions USING (reception_id)
       WHERE replay.batch_id = batch.batch_id) figures
     WHERE batch.batch_id = $1`,
    [batchId],
  );
  return row;
}
