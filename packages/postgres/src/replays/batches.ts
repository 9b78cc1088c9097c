import { createHash, randomBytes } from 'node:crypto';
import { maxCounted } from '@envigate/contracts';
import {
  type ReplayBatch,
  type ReplayRequest,
  type ReplaySelection,
  type RereadRequest,
  type RereadSelection,
  readingMarksOf,
  RegistryView,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { registryRevision, exportRegistry } from '../registry/registry-store.ts';
import type { Session } from '../connection/session.ts';
import { requestReplays, ulid, type ReplayOrder } from './request-replays.ts';
import {
  keepRereadFiles,
  addRepeatingFiles,
  listCorrectedStations,
  countSelected,
  selectFiles,
  stepLimits,
  upToBytes,
  type StepLimits,
  type SelectedFile,
} from './selection.ts';
import { noteRangeDue } from '../gaps/due-stretches.ts';

/** Keeps a request; whoever runs expandBatch puts its files on their way. Returns the batch. */
export async function insertBatch(session: Session, request: ReplayRequest): Promise<string> {
  const { requestId, actor, note, station, profile, asWhole, selection } = request;
  const requestedAt = new Date();
  const batchId = newBatchId(requestId, requestedAt);
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

/** Keeps a request to read stored files again, with its files, whatever is registered later. */
export async function insertReread(database: Database, request: RereadRequest): Promise<string> {
  const { requestId, actor, note, selection } = request;
  const requestedAt = new Date();
  const batchId = newBatchId(requestId, requestedAt);
  await database.transaction(async (tx) => {
    const revision = await registryRevision(tx);
    const inserted = await tx.execute(
      `INSERT INTO replay_batches (batch_id, actor, requested_at, note, selection, upto, registry_revision)
       VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT DO NOTHING`,
      [batchId, actor, requestedAt, note ?? null, JSON.stringify(selection), revision],
    );
    if (inserted === 1) await keepRereadFiles(tx, batchId, selection);
  });
  return batchId;
}

/** Without the time where the asker names it: asked again later it must be the same. */
function newBatchId(requestId: string | undefined, requestedAt: Date): string {
  if (requestId === undefined) return ulid(requestedAt.getTime(), randomBytes(10));
  return ulid(0, createHash('sha256').update(requestId).digest());
}

interface BatchRow {
  readonly batch_id: string;
  readonly actor: string;
  readonly requested_at: Date;
  readonly note: string | null;
  readonly station: string | null;
  readonly profile: string | null;
  readonly as_whole: boolean;
  readonly selection: ReplaySelection | RereadSelection;
  readonly registry_revision: number | null;
  readonly position: number;
  readonly upto: number;
}

/**
 * One step of the oldest open batch that can go on, in the caller's transaction. Returns how many replays
 * it asked for; undefined where no batch can go on, or other transactions hold them.
 */
export async function expandBatch(
  tx: Session,
  limits: StepLimits = stepLimits,
): Promise<number | undefined> {
  const [batch] = await tx.query<BatchRow>(
    `SELECT batch_id, actor, requested_at, note, station, profile, as_whole, selection, position, upto,
            registry_revision
     FROM replay_batches batch WHERE expanded_at IS NULL AND NOT automatic AND ${canGoOn}
     ORDER BY requested_at, batch_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  if (batch === undefined) return undefined;
  const { batch_id: batchId, selection, position: after, upto } = batch;
  if (selection.kind === 'reread') {
    const order = orderOf(batch);
    return expandReread(tx, { batchId, order, selection, position: after }, limits);
  }
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

// A reread waits for its own step before, for what it has to ask for again, and for the rereads before it.
const canGoOn = `(selection->>'kind' <> 'reread' OR (
  NOT EXISTS (SELECT FROM replays
              WHERE replays.batch_id = batch.batch_id AND replays.recorded_at IS NULL)
  AND NOT EXISTS (SELECT FROM replay_batches earlier
                  WHERE earlier.expanded_at IS NULL AND earlier.selection->>'kind' = 'reread'
                    AND (earlier.requested_at, earlier.batch_id) < (batch.requested_at, batch.batch_id))))`;

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
    ...(batch.registry_revision !== null && {
      reread: true as const,
      registryRevision: batch.registry_revision,
    }),
  };
}

/** Figures are of its first replays, up to so many. */
export async function readBatch(
  session: Session,
  batchId: string,
  maxRows = maxCounted,
): Promise<ReplayBatch | undefined> {
  const [row] = await session.query<ReplayBatch>(
    `SELECT batch.batch_id AS "batchId", actor, requested_at AS "requestedAt", note, station, profile,
            as_whole AS "asWhole", automatic, expanded_at IS NOT NULL AS "isExpanded", figures.requested,
            figures."isComplete", figures.stored, figures.quarantined, figures.undecodable,
            figures."newReadings", figures.corrections, figures.withdrawn,
            greatest(figures."notRecorded", waiting.count) AS "underWay",
            CASE WHEN registry_revision IS NOT NULL
                 THEN (SELECT count(*) FROM (SELECT FROM replay_files WHERE batch_id = batch.batch_id
                                             LIMIT $2) few) END AS files
     FROM replay_batches batch, LATERAL (
       SELECT count(*) FILTER (WHERE is_newest) AS requested, count(*) <= $2 AS "isComplete",
              count(*) FILTER (WHERE is_newest AND coalesce(replay.outcome, 'outdated') = 'outdated')
                AS "notRecorded",
              count(*) FILTER (WHERE is_newest AND replay.outcome = 'stored') AS stored,
              count(*) FILTER (WHERE is_newest AND replay.outcome = 'quarantined') AS quarantined,
              count(*) FILTER (WHERE is_newest AND replay.outcome = 'undecodable') AS undecodable,
              coalesce(sum(new_readings), 0)::bigint AS "newReadings",
              coalesce(sum(corrections), 0)::bigint AS corrections,
              coalesce(sum(withdrawn), 0)::bigint AS withdrawn
       FROM (SELECT *, row_number() OVER (PARTITION BY file_no ORDER BY spool_sequence DESC) = 1
                       AS is_newest
             FROM (SELECT * FROM replays WHERE batch_id = $1 ORDER BY batch_id, reception_id
                   LIMIT $2::bigint + 1) first) replay
       LEFT JOIN receptions USING (reception_id)) figures,
     LATERAL (SELECT count(*) FROM (SELECT FROM replays WHERE batch_id = $1 AND recorded_at IS NULL
                                    LIMIT $2) few) waiting
     WHERE batch.batch_id = $1`,
    [batchId, maxRows],
  );
  return row;
}

/** An open request to read stored files again. */
interface OpenReread {
  readonly batchId: string;
  readonly order: ReplayOrder;
  readonly selection: RereadSelection;
  /** The place of the last file that was put on its way. */
  readonly position: number;
}

/** A normaliser sees a new registry within seconds: so long until it is asked once more. */
const patience = `interval '1 second'`;

/**
 * One step of it, in the caller's transaction: the next files in the order of their reception. Only
 * when all of the step before were recorded, as what a file takes back may have been repeated by later
 * ones. Those that a normaliser read by an older registry are asked for again, with all that follow. Undefined
 * where there is nothing to do now; else how many replays it asked for.
 */
async function expandReread(
  tx: Session,
  { batchId, order, selection, position }: OpenReread,
  limits: StepLimits,
): Promise<number | undefined> {
  const outdated = await firstOutdated(tx, batchId);
  if (outdated !== undefined && !outdated.isDue) return undefined;
  const after = outdated === undefined ? position : outdated.place - 1;
  const page = upToBytes(await nextFiles(tx, batchId, after, limits.files), limits.bytes);
  if (page.length === 0) return finish(tx, batchId, selection, after);
  const free = await untilUnderWay(tx, page);
  const last = free.at(-1);
  if (last === undefined) return undefined;
  const fileNos = free.map(({ fileNo }) => fileNo);
  const requested = await requestReplays(tx, order, fileNos, selection.station);
  await tx.execute('UPDATE replay_batches SET position = $2 WHERE batch_id = $1', [
    batchId,
    last.position,
  ]);
  return requested;
}

/** The first file whose newest replay of this batch was read by too old a registry. */
async function firstOutdated(
  tx: Session,
  batchId: string,
): Promise<{ readonly place: number; readonly isDue: boolean } | undefined> {
  const [row] = await tx.query<{ place: number; isDue: boolean }>(
    `SELECT place, NOT replay.recorded_at BETWEEN now() - ${patience} AND now() AS "isDue"
     FROM replay_files file JOIN replays replay USING (batch_id, file_no)
     WHERE batch_id = $1 AND replay.outcome = 'outdated'
       AND NOT EXISTS (SELECT FROM replays later
                       WHERE later.batch_id = $1 AND later.file_no = file.file_no
                         AND later.spool_sequence > replay.spool_sequence)
     ORDER BY place LIMIT 1`,
    [batchId],
  );
  return row;
}

function nextFiles(
  tx: Session,
  batchId: string,
  after: number,
  limit: number,
): Promise<readonly SelectedFile[]> {
  return tx.query<SelectedFile>(
    `SELECT place AS position, file_no AS "fileNo", length(content) AS size
     FROM replay_files JOIN files USING (file_no)
     WHERE batch_id = $1 AND place > $2 ORDER BY place LIMIT $3`,
    [batchId, after, limit],
  );
}

/** A file that another request has put on its way is waited for, so that none is passed over. */
async function untilUnderWay(
  tx: Session,
  page: readonly SelectedFile[],
): Promise<readonly SelectedFile[]> {
  const rows = await tx.query<{ fileNo: number }>(
    `SELECT file_no AS "fileNo" FROM replays
     WHERE recorded_at IS NULL AND file_no = ANY($1::bigint[])`,
    [page.map(({ fileNo }) => fileNo)],
  );
  const underWay = new Set(rows.map(({ fileNo }) => fileNo));
  const end = page.findIndex(({ fileNo }) => underWay.has(fileNo));
  return end === -1 ? page : page.slice(0, end);
}

/** What may have repeated what was withdrawn or replaced is read as well; then the gaps of the range are due. */
async function finish(
  tx: Session,
  batchId: string,
  selection: RereadSelection,
  position: number,
): Promise<number> {
  const { station } = selection;
  const view = new RegistryView(await exportRegistry(tx));
  let added = 0;
  // A corrected registry may say that files are of another station than before.
  for (const code of new Set([station, ...(await listCorrectedStations(tx, batchId))])) {
    const known = view.stations.get(code);
    const marks = known === undefined ? [] : readingMarksOf(view, known);
    added += await addRepeatingFiles(tx, batchId, code, marks);
  }
  if (added === 0) await noteRangeDue(tx, batchId, selection);
  await tx.execute(
    `UPDATE replay_batches SET position = $2, expanded_at = CASE WHEN $3 THEN now() END
     WHERE batch_id = $1`,
    [batchId, position, added === 0],
  );
  return 0;
}
