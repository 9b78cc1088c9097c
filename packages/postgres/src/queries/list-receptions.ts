import type { ListedReception, ReceptionFilter } from '@envigate/domain';
import type { Session } from '../session.ts';
import { Conditions, fileNoOf, stationIdOf, within, type Slice } from './conditions.ts';

type Filter = ReceptionFilter & { readonly fileId?: string | undefined };

/** By time of reception, newest first; equal times by reception id. */
export function listReceptions(
  session: Session,
  filter: Filter,
): Promise<readonly ListedReception[]> {
  const conditions = new Conditions();
  const slice = sliceOf(filter, conditions);
  if (slice === undefined) addConditions(filter, conditions);
  else addBounds(filter, conditions, slice);
  const sliceFirst = slice === undefined ? '' : `${slice.column} DESC, `;
  return session.query<ListedReception>(
    `SELECT r.reception_id AS "receptionId", encode(file.file_id, 'hex') AS "fileId", file.name,
            r.folder, r.account, station.station, r.received_at AS "receivedAt",
            r.recorded_at AS "recordedAt", r.protocol, r.peer, length(file.content) AS size,
            encode(file.content_hash, 'hex') AS "contentHash", r.outcome,
            r.new_readings AS "newReadings", r.corrections, r.repeats,
            r.rejected_lines AS "rejectedLines", r.warnings, file.form,
            coalesce(faults.reasons, '[]') AS "notUnderstood"
     FROM (SELECT * FROM receptions r ${conditions.where}
           ORDER BY ${sliceFirst} r.received_at DESC, r.reception_id DESC
           LIMIT ${conditions.place(filter.limit)}) r
     JOIN files file USING (file_no)
     LEFT JOIN station_keys station ON station.station_id = r.station_id
     LEFT JOIN LATERAL (${reasonsOfReception}) faults
       ON r.outcome = 'quarantined' OR r.rejected_lines > 0
     ORDER BY r.received_at DESC, r.reception_id DESC`,
    conditions.params,
  );
}

/** Of reception r, as JSON. Found by its file, which has no other receptions' rows but for replays. */
const reasonsOfReception = `
  SELECT json_agg(json_build_object('reason', reason, 'rows', rows, 'open', open, 'line', line,
                                    'expected', expected)
                  ORDER BY rows DESC, reason) AS reasons
  FROM (SELECT q.reason, count(*) AS rows, count(*) FILTER (WHERE q.resolved_at IS NULL) AS open,
               min(q.line) AS line, (array_agg(q.expected ORDER BY q.line))[1] AS expected
        FROM quarantine q WHERE q.file_no = r.file_no AND q.reception_id = r.reception_id
        GROUP BY q.reason) AS by_reason`;

/** Where the filter is a station or an account, with times or without. */
function sliceOf(filter: Filter, conditions: Conditions): Slice | undefined {
  const { station, account, fileId, name, outcome } = filter;
  const others = [fileId, name, outcome].some((value) => value !== undefined);
  if (others || (station === undefined) === (account === undefined)) return undefined;
  return station === undefined
    ? { column: 'r.account', value: conditions.place(account) }
    : { column: 'r.station_id', value: stationIdOf(conditions.place(station)) };
}

function addBounds({ from, to, after }: Filter, conditions: Conditions, slice: Slice): void {
  const lower = from === undefined ? `'-infinity'` : conditions.place(from);
  const upper = to === undefined ? `'infinity'` : conditions.place(to);
  conditions
    .and(within(slice, 'r.received_at', '>=', lower))
    .and(within(slice, 'r.received_at', '<', upper));
  if (after === undefined) return;
  const position = `${conditions.place(after.receivedAt)}, ${conditions.place(after.receptionId)}`;
  conditions.and(within(slice, 'r.received_at, r.reception_id', '<', position));
}

function addConditions(filter: Filter, conditions: Conditions): void {
  conditions
    .given(filter.fileId, (p) => `r.file_no = ${fileNoOf(p)}`)
    .given(filter.station, (p) => `r.station_id = ${stationIdOf(p)}`)
    .given(filter.account, (p) => `r.account = ${p}`)
    .given(filter.outcome, (p) => `r.outcome = ${p}`)
    .given(filter.from, (p) => `r.received_at >= ${p}`)
    .given(filter.to, (p) => `r.received_at < ${p}`);
  if (filter.name !== undefined) {
    // A sub-select, so that the names are looked up once instead of at each reception.
    const matches = nameMatches(filter.name, conditions);
    conditions.and(`r.file_no IN (SELECT file_no FROM files WHERE ${matches})`);
  }
  if (filter.after === undefined) return;
  const at = conditions.place(filter.after.receivedAt);
  const id = conditions.place(filter.after.receptionId);
  conditions.and(`(r.received_at, r.reception_id) < (${at}, ${id})`);
}

function nameMatches(name: string, conditions: Conditions): string {
  if (!name.endsWith('*')) return `name = ${conditions.place(name)}`;
  const beginning = name.slice(0, -1).replace(/[\\%_]/g, '\\$&');
  return `name LIKE ${conditions.place(`${beginning}%`)}`;
}
