import type { QuarantineSelection, ReplaySelection } from '@envigate/domain';
import { stationIdOf, Conditions } from '../connection/conditions.ts';
import { containing } from '../record/list-quarantine.ts';
import type { Session } from '../connection/session.ts';

/** The rows `q` of quarantine, of files `file`, that a selection means. */
export function selectRows(
  { ids, account, station, scope, reason, text, from, to }: Omit<QuarantineSelection, 'kind'>,
  conditions: Conditions,
): void {
  conditions
    .given(ids, (p) => `q.quarantine_id = ANY(${p})`)
    .given(account, (p) => `q.account = ${p}`)
    .given(station, (p) => `q.station_id = ${stationIdOf(p)}`)
    .given(scope, (p) => `q.scope = ${p}`)
    .given(reason, (p) => `q.reason = ${p}`)
    .given(from, (p) => `q.quarantined_at >= ${p}`)
    .given(to, (p) => `q.quarantined_at < ${p}`)
    .given(containing(text), (p) => `(file.name ILIKE ${p} OR q.text ILIKE ${p})`);
}

/** A place in the list of files of a selection. */
export interface SelectedFile {
  readonly position: number;
  readonly fileNo: number;
  /** Bytes. */
  readonly size: number;
}

/** How much one step takes, so that transactions stay short and memory small. */
export interface StepLimits {
  readonly files: number;
  readonly bytes: number;
}

export const stepLimits: StepLimits = { files: 200, bytes: 8 * 1024 * 1024 };

/** The longest beginning of the page that is not larger; at least one file. */
export function upToBytes(page: readonly SelectedFile[], bytes: number): readonly SelectedFile[] {
  let sum = 0;
  const end = page.findIndex(({ size }, i) => (sum += size) > bytes && i > 0);
  return end === -1 ? page : page.slice(0, end);
}

export interface SelectedRange {
  readonly after: number;
  readonly upto: number;
  readonly limit: number;
}

/** The files of open quarantine rows, or those named; one of several rows comes several times. */
export async function selectFiles(
  session: Session,
  selection: ReplaySelection,
  { after, upto, limit }: SelectedRange,
): Promise<readonly SelectedFile[]> {
  const conditions = new Conditions();
  const [position, rows] = placesOf(selection, conditions);
  conditions.given(after, (p) => `${position} > ${p}`).given(upto, (p) => `${position} <= ${p}`);
  return session.query<SelectedFile>(
    `SELECT ${position} AS position, file.file_no AS "fileNo", length(file.content) AS size
     FROM ${rows} ${conditions.where} ORDER BY ${position} LIMIT ${conditions.place(limit)}`,
    conditions.params,
  );
}

export async function countSelected(
  session: Session,
  selection: ReplaySelection,
): Promise<{ readonly files: number; readonly upto: number }> {
  const conditions = new Conditions();
  const [position, rows] = placesOf(selection, conditions);
  const [row] = await session.query<{ files: number; upto: number }>(
    `SELECT count(DISTINCT file.file_no) AS files, coalesce(max(${position}), 0) AS upto
     FROM ${rows} ${conditions.where}`,
    conditions.params,
  );
  return row ?? { files: 0, upto: 0 };
}

/** The column that orders the list, and the tables it is read from. */
function placesOf(
  selection: ReplaySelection,
  conditions: Conditions,
): readonly [column: string, rows: string] {
  switch (selection.kind) {
    case 'quarantine':
      conditions.and('q.resolved_at IS NULL');
      selectRows(selection, conditions);
      return ['q.quarantine_id', 'quarantine q JOIN files file USING (file_no)'];
    case 'files': {
      const ids = selection.fileIds.map((id) => Buffer.from(id, 'hex'));
      conditions.given(ids, (p) => `file.file_id = ANY(${p})`);
      return ['file.file_no', 'files file'];
    }
  }
}
