import type { ListedReading, ReadingFilter } from '@envigate/domain';
import type { Session } from '../session.ts';
import { Conditions, parameterIdOf, stationIdOf } from './conditions.ts';

/**
 * By instant, then by station, parameter (each in a fixed order) and revision.
 *
 * A page is read in order from an index, and costs the same however much is stored, where the
 * filter has a station (the key of the readings begins with it), a flag other than good (they have
 * an index of their own), or nothing but times. A parameter alone is looked for in all readings.
 */
export function listReadings(
  session: Session,
  filter: ReadingFilter,
): Promise<readonly ListedReading[]> {
  const conditions = conditionsOf(filter);
  const limit = conditions.place(filter.limit);
  const isFlagged = filter.flag !== undefined && filter.flag !== good;
  const inOrder =
    filter.station !== undefined || isFlagged
      ? pageOf(filter, conditions.where, limit)
      : pageOfAllStations(filter, conditions, limit);
  return session.query<ListedReading>(
    `SELECT r.instant, s.station, p.parameter, r.revision, r.value, r.unit,
            CASE WHEN r.censored IS NOT NULL THEN
              jsonb_build_object('relation', r.censored, 'limit', r.censored_limit)
            END AS censored, coalesce(r.factor, 1) AS factor,
            r.raw_value AS "rawValue", r.raw_unit AS "rawUnit", r.status, r.flag, r.reasons,
            r.recorded_at AS "recordedAt", r.superseded_at AS "supersededAt",
            encode(file.file_id, 'hex') AS "fileId", r.line
     FROM (SELECT r.* FROM ${inOrder} ORDER BY ${order} LIMIT ${limit}) r
     JOIN station_keys s USING (station_id)
     JOIN parameter_keys p USING (parameter_id)
     JOIN files file USING (file_no)
     ORDER BY ${order}`,
    conditions.params,
  );
}

const good = 1;
const order = 'r.instant, r.station_id, r.parameter_id, r.revision';
const columns = `r.station_id, r.parameter_id, r.instant, r.revision, r.value, r.unit,
  r.censored, r.censored_limit, r.factor, r.raw_value, r.raw_unit, r.status, r.flag, r.reasons,
  r.file_no, r.line, r.recorded_at`;

function conditionsOf({ after, revisions, ...filter }: ReadingFilter): Conditions {
  const conditions = new Conditions()
    .given(filter.station, (p) => `r.station_id = ${stationIdOf(p)}`)
    .given(filter.parameter, (p) => `r.parameter_id = ${parameterIdOf(p)}`)
    .given(filter.flag, (p) => `r.flag = ${p}`)
    .given(filter.from, (p) => `r.instant >= ${p}`)
    .given(filter.to, (p) => `r.instant < ${p}`);
  if (after === undefined) return conditions;
  const instant = conditions.place(after.instant);
  const station = stationIdOf(conditions.place(after.station));
  const parameter = parameterIdOf(conditions.place(after.parameter));
  const key = `${instant}, ${station}, ${parameter}`;
  // The first condition bounds the scan of the index, the second leaves out what was shown of that
  // instant. Without revisions a reading that was corrected since is not shown again.
  return conditions
    .and(`r.instant >= ${instant}`)
    .and(
      revisions
        ? `(${order}) > (${key}, ${conditions.place(after.revision)})`
        : `(r.instant, r.station_id, r.parameter_id) > (${key})`,
    );
}

/** The first rows of the current readings and, where asked for, of the replaced ones. */
function pageOf({ revisions }: ReadingFilter, where: string, limit: string): string {
  const firstOf = (table: string, supersededAt: string): string =>
    `(SELECT ${columns}, ${supersededAt} AS superseded_at FROM ${table} r ${where}
      ORDER BY ${order} LIMIT ${limit})`;
  const current = firstOf('readings', 'NULL::timestamptz');
  const replaced = firstOf('reading_revisions', 'r.superseded_at');
  return `(${revisions ? `${current} UNION ALL ${replaced}` : current}) r`;
}

/**
 * Each station gives its own first rows. The horizon keeps them few: as many stations as the page
 * has rows have a reading up to there, so that the page ends there at the latest.
 */
function pageOfAllStations(filter: ReadingFilter, conditions: Conditions, limit: string): string {
  const ofStation = conditions.and('r.station_id = s.station_id').where;
  const horizon = `(
    SELECT first.instant FROM station_keys s CROSS JOIN LATERAL
      (SELECT r.instant FROM readings r ${ofStation} ORDER BY r.instant LIMIT 1) first
    ORDER BY first.instant OFFSET ${limit} - 1 LIMIT 1)`;
  const upToHorizon = `${ofStation} AND r.instant <= coalesce(${horizon}, 'infinity')`;
  return `station_keys s CROSS JOIN LATERAL ${pageOf(filter, upToHorizon, limit)}`;
}
