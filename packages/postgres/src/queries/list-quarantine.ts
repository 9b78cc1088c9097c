import type {
  QuarantineFilter,
  QuarantineRows,
  QuarantinedItem,
  ReasonCount,
} from '@envigate/domain';
import type { Session } from '../session.ts';
import { Conditions, fileNoOf, stationIdOf, within, type Slice } from './conditions.ts';

/** Newest first. */
export function listQuarantine(
  session: Session,
  filter: QuarantineFilter,
): Promise<readonly QuarantinedItem[]> {
  const conditions = new Conditions();
  const slice = sliceOf(filter, conditions);
  if (slice !== undefined) {
    const upper = conditions.place(filter.after ?? Number.MAX_SAFE_INTEGER);
    conditions
      .and(within(slice, 'q.quarantine_id', '>=', '0'))
      .and(within(slice, 'q.quarantine_id', '<', upper));
  } else {
    conditions
      .given(filter.fileId, (p) => `q.file_no = ${fileNoOf(p)}`)
      .given(filter.station, (p) => `q.station_id = ${stationIdOf(p)}`)
      .given(filter.account, (p) => `q.account = ${p}`)
      .given(filter.reason, (p) => `q.reason = ${p}`)
      .given(filter.after, (p) => `q.quarantine_id < ${p}`);
  }
  conditions
    .given(filter.scope, (p) => `q.scope = ${p}`)
    .given(filter.from, (p) => `q.quarantined_at >= ${p}`)
    .given(filter.to, (p) => `q.quarantined_at < ${p}`)
    .given(containing(filter.text), (p) => `(file.name ILIKE ${p} OR q.text ILIKE ${p})`);
  if (filter.state !== undefined) conditions.and(stateIs[filter.state]);
  const sliceFirst = slice === undefined ? '' : `${slice.column} DESC, `;
  return session.query<QuarantinedItem>(
    `${selectRows} ${conditions.where}
     ORDER BY ${sliceFirst} q.quarantine_id DESC LIMIT ${conditions.place(filter.limit)}`,
    conditions.params,
  );
}

const selectRows = `
  SELECT q.quarantine_id AS "quarantineId", q.reception_id AS "receptionId",
         encode(file.file_id, 'hex') AS "fileId", file.name AS "fileName", q.account,
         station.station, q.scope, q.reason, q.line, q."column", q.expected, q.text,
         q.quarantined_at AS "quarantinedAt", q.resolved_at AS "resolvedAt",
         coalesce(q.resolved_by, q.discarded_by) AS "resolvedBy", q.resolution
  FROM quarantine q JOIN files file USING (file_no)
  LEFT JOIN station_keys station ON station.station_id = q.station_id`;

const stateIs = { open: 'q.resolved_at IS NULL', resolved: 'q.resolved_at IS NOT NULL' } as const;

/** A pattern for ILIKE that finds the text as it is. */
export function containing(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

export async function readQuarantined(
  session: Session,
  quarantineId: number,
): Promise<QuarantinedItem | undefined> {
  const [row] = await session.query<QuarantinedItem>(`${selectRows} WHERE q.quarantine_id = $1`, [
    quarantineId,
  ]);
  return row;
}

/** The most frequent first. */
export function countReasons(
  session: Session,
  { fileId, station, account, scope, reason, state, text, from, to }: QuarantineRows,
): Promise<readonly ReasonCount[]> {
  const conditions = new Conditions()
    .given(fileId, (p) => `q.file_no = ${fileNoOf(p)}`)
    .given(station, (p) => `q.station_id = ${stationIdOf(p)}`)
    .given(account, (p) => `q.account = ${p}`)
    .given(scope, (p) => `q.scope = ${p}`)
    .given(reason, (p) => `q.reason = ${p}`)
    .given(from, (p) => `q.quarantined_at >= ${p}`)
    .given(to, (p) => `q.quarantined_at < ${p}`)
    .given(containing(text), (p) => `(file.name ILIKE ${p} OR q.text ILIKE ${p})`);
  if (state !== undefined) conditions.and(stateIs[state]);
  return session.query<ReasonCount>(
    `SELECT q.reason, count(DISTINCT q.file_no) AS files, count(*) AS rows
     FROM quarantine q JOIN files file USING (file_no) ${conditions.where}
     GROUP BY q.reason ORDER BY files DESC, q.reason`,
    conditions.params,
  );
}

/** Where the filter has one of station, account and reason. */
function sliceOf(filter: QuarantineFilter, conditions: Conditions): Slice | undefined {
  const { station, account, reason, fileId } = filter;
  const given = [station, account, reason].filter((value) => value !== undefined);
  if (fileId !== undefined || given.length !== 1) return undefined;
  const value = conditions.place(given[0]);
  if (station !== undefined) return { column: 'q.station_id', value: stationIdOf(value) };
  return { column: account === undefined ? 'q.reason' : 'q.account', value };
}
