import type {
  QuarantineSelection,
  ReplaySelection,
  RereadSelection,
  RereadTime,
} from '@envigate/domain';
import { stationIdOf, Conditions } from '../connection/looks.ts';
import { containing } from '../record/quarantine.ts';
import type { Session } from '../connection/session.ts';

/** The rows `q` of quarantine, of files `file`, that a selection means. */
function selectRows(
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

interface SelectedRange {
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
      conditions.given(
        ids,
        (p) => `file.file_no = ANY(ARRAY(SELECT file_no FROM file_keys WHERE file_id = ANY(${p})))`,
      );
      return ['file.file_no', 'files file'];
    }
  }
}

/** A file and the order in which it is read: that of the receptions that brought files first. */
interface RereadFileRow {
  readonly fileNo: number;
  readonly receivedAt: Date;
}

/** The files of a selection, in their order; the first `limit`. */
export async function listRereadFiles(
  session: Session,
  selection: RereadSelection,
  limit: number,
): Promise<readonly RereadFileRow[]> {
  const { conditions, rows } = chosen(selection);
  return session.query<RereadFileRow>(
    `SELECT file_no AS "fileNo", received_at AS "receivedAt" FROM (${rows}) chosen
     ORDER BY received_at, file_no LIMIT ${conditions.place(limit)}`,
    conditions.params,
  );
}

export async function countRereadFiles(
  session: Session,
  selection: RereadSelection,
): Promise<number> {
  const { conditions, rows } = chosen(selection);
  const [row] = await session.query<{ files: number }>(
    `SELECT count(*) AS files FROM (${rows}) chosen`,
    conditions.params,
  );
  return row?.files ?? 0;
}

/** Fixes which files a request means, in which order. */
export async function keepRereadFiles(
  tx: Session,
  batchId: string,
  selection: RereadSelection,
): Promise<void> {
  const { conditions, rows } = chosen(selection);
  await tx.execute(
    `INSERT INTO replay_files (batch_id, place, file_no)
     SELECT ${conditions.place(batchId)}, row_number() OVER (ORDER BY received_at, file_no), file_no
     FROM (${rows}) chosen`,
    conditions.params,
  );
}

/** The stations at which files of the request gave values in place of others. */
export async function listCorrectedStations(
  tx: Session,
  batchId: string,
): Promise<readonly string[]> {
  const rows = await tx.query<{ station: string }>(
    `SELECT DISTINCT station FROM replays JOIN receptions USING (file_no, reception_id)
       JOIN station_keys USING (station_id)
     WHERE batch_id = $1 AND corrections > 0 ORDER BY station`,
    [batchId],
  );
  return rows.map(({ station }) => station);
}

/**
 * Adds the files of a station that may have repeated what those of the request withdrew or replaced: their own
 * readings were kept as repeats, and are missing where the others do not give theirs any more, or where another value
 * came between. Received after the first of the request, over the same time, and read by the registry as it is
 * now (`marks`): so that to read them again changes nothing else. Returns how many were added.
 */
export function addRepeatingFiles(
  tx: Session,
  batchId: string,
  station: string,
  marks: readonly string[],
): Promise<number> {
  return tx.execute(
    `WITH own AS (
       SELECT files.file_no, place, min(received_at) AS received_at
       FROM replay_files JOIN files USING (file_no) JOIN receptions USING (file_no)
       WHERE batch_id = $1 GROUP BY files.file_no, place
     ), changed AS (
       SELECT past.instant AS data_from, past.instant AS data_to
       FROM reading_revisions past JOIN replays ON replays.reception_id = past.withdrawn_by
       WHERE replays.batch_id = $1
         AND past.station_id = ${stationIdOf('$2')}
       UNION ALL
       SELECT data_from, data_to
       FROM replays JOIN receptions r USING (file_no, reception_id) JOIN files USING (file_no)
       WHERE batch_id = $1 AND corrections > 0 AND r.station_id = ${stationIdOf('$2')}
     ), hull AS (
       SELECT (SELECT min(data_from) FROM changed) AS data_from,
              (SELECT max(data_to) FROM changed) AS data_to,
              min(received_at) AS received_at, max(place) AS last_place
       FROM own
     )
     INSERT INTO replay_files (batch_id, place, file_no)
     SELECT $1, hull.last_place + row_number() OVER (ORDER BY file_no), file_no
     FROM hull, files
     WHERE files.station_id = ${stationIdOf('$2')}
       AND state = 'stored' AND files.data_to >= hull.data_from AND files.data_from <= hull.data_to
       AND reading_mark = ANY($3::text[])
       AND EXISTS (SELECT FROM receptions r
                   WHERE r.file_no = files.file_no AND repeats > 0 AND r.received_at > hull.received_at)
       AND NOT EXISTS (SELECT FROM replay_files known
                       WHERE known.batch_id = $1 AND known.file_no = files.file_no)`,
    [batchId, station, marks],
  );
}

const dataFrom = 'coalesce(data_from, newest_time, first.received_at)';
const dataTo = 'coalesce(data_to, newest_time, first.received_at)';

/** First and last time of a file. With `any` what lies between its data and its reception counts too. */
const rereadEnds: Readonly<Record<RereadTime, readonly [string, string]>> = {
  data: [dataFrom, dataTo],
  reception: ['first.received_at', 'first.received_at'],
  any: [`least(${dataFrom}, first.received_at)`, `greatest(${dataTo}, first.received_at)`],
};

/**
 * Stored files and those in quarantine, each with its first reception. The data of a file in quarantine are
 * unknown: by time of data counts the newest time that it states, else its reception.
 */
function chosen({ station, from, to, by }: RereadSelection): {
  readonly conditions: Conditions;
  readonly rows: string;
} {
  const conditions = new Conditions(notHeld);
  conditions.given(station, (p) => `files.station_id = ${stationIdOf(p)}`);
  const [first, last] = rereadEnds[by];
  conditions.given(from, (p) => `${last} >= ${p}`).given(to, (p) => `${first} < ${p}`);
  const rows = `
    SELECT files.file_no, first.received_at FROM files
    JOIN LATERAL (SELECT received_at, newest_time FROM receptions r WHERE r.file_no = files.file_no
                  ORDER BY received_at, reception_id LIMIT 1) first ON true
    ${conditions.where}`;
  return { conditions, rows };
}

// What was put aside for how it came, or as an officer said so, stays aside.
const notHeld = `NOT EXISTS (
  SELECT FROM quarantine q
  WHERE q.file_no = files.file_no AND q.scope = 'file' AND files.state = 'quarantined'
    AND (q.resolved_at IS NULL OR q.resolution = 'discarded')
    AND q.reason IN ('discarded', 'interrupted', 'clock-reset', 'archived-month'))`;
