import { readingMarksOf, RegistryView, type RereadSelection } from '@envigate/domain';
import { exportRegistry } from '../registry/registry-store.ts';
import type { Session } from '../connection/session.ts';
import { noteRangeDue } from '../gaps/note-gaps-due.ts';
import { requestReplays, type ReplayOrder } from './request-replays.ts';
import { addRepeatingFiles } from './reread-files.ts';
import { upToBytes, type SelectedFile, type StepLimits } from './selection.ts';

/** An open request to read stored files again. */
export interface OpenReread {
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
export async function expandReread(
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

/** What may have repeated what was withdrawn is read as well; then the gaps of the range are due. */
async function finish(
  tx: Session,
  batchId: string,
  selection: RereadSelection,
  position: number,
): Promise<number> {
  const { station } = selection;
  const view = new RegistryView(await exportRegistry(tx));
  const known = view.stations.get(station);
  const marks = known === undefined ? [] : readingMarksOf(view, known);
  const added = await addRepeatingFiles(tx, batchId, station, marks);
  if (added === 0) await noteRangeDue(tx, batchId, selection);
  await tx.execute(
    `UPDATE replay_batches SET position = $2, expanded_at = CASE WHEN $3 THEN now() END
     WHERE batch_id = $1`,
    [batchId, position, added === 0],
  );
  return 0;
}
