import type { ListedReading, ReadingFilter } from '@envigate/domain';
import type { Session } from '../session.ts';
import { Conditions, parameterIdOf, stationIdOf } from './conditions.ts';

/**
 * By instant, then by station, parameter (each in a fixed order) and revision.
 *
 * A page is read in order from an index, and costs the same however much is stored, where the
 * filter has a station (the key of the readings begins with it), a flag other than good (they have
 * an index of their own), or nothing but times. A parameter alone is looked for in all readings.
 *
 * The flag of a current reading is the worst of its own and that of the rules over time; a replaced
 * one has only its own.
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
            r.raw_value AS "rawValue", r.raw_unit AS "rawUnit", r.status,
            greatest(r.flag, a.flag) AS flag, r.reasons || coalesce(a.reasons, '{}') AS reasons,
            r.recorded_at AS "recordedAt", r.superseded_at AS "supersededAt",
            encode(file.file_id, 'hex') AS "fileId", r.line
     FROM (SELECT r.* FROM ${inOrder} ORDER BY ${order} LIMIT ${limit}) r
     JOIN station_keys s USING (station_id)
     JOIN parameter_keys p USING (parameter_id)
     JOIN files file USING (file_no)
     LEFT JOIN reading_assessments a ON r.superseded_at IS NULL AND ${isOf('a', 'r')}
     ORDER BY ${order}`,
    conditions.params,
  );
}

const good = 1;
const order = 'r.instant, r.station_id, r.parameter_id, r.revision';
const columnsOf = (table: string): string =>
  `station_id, parameter_id, instant, revision, value, unit, censored, censored_limit, factor,
   raw_value, raw_unit, status, flag, reasons, file_no, line, recorded_at`.replace(
    /\w+/g,
    (column) => `${table}.${column}`,
  );

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
function pageOf(filter: ReadingFilter, where: string, limit: string): string {
  const firstOf = (table: string, supersededAt: string, only: string): string =>
    `(SELECT ${columnsOf('r')}, ${supersededAt} AS superseded_at FROM ${table} r ${only}
      ORDER BY ${order} LIMIT ${limit})`;
  const parts = [
    firstOf('readings', 'NULL::timestamptz', `${where} ${notRaised(filter)}`),
    ...(isRaisable(filter.flag) ? [firstRaised(where, limit)] : []),
    ...(filter.revisions ? [firstOf('reading_revisions', 'r.superseded_at', where)] : []),
  ];
  return `(${parts.join(' UNION ALL ')}) r`;
}

/** Whether a verdict is of the revision that stands among the readings. */
function isOf(verdict: string, reading: string): string {
  const key = ['station_id', 'instant', 'parameter_id', 'revision'];
  return key.map((column) => `${verdict}.${column} = ${reading}.${column}`).join(' AND ');
}

/** Flags that rules over time give. */
const isRaisable = (flag: number | undefined): boolean => flag === 3 || flag === 4;

/** After other conditions: leaves out readings of the flag to which rules over time gave a worse. */
function notRaised({ flag }: ReadingFilter): string {
  return flag === 1 || flag === 3
    ? `AND NOT EXISTS (SELECT FROM reading_assessments a WHERE ${isOf('a', 'r')} AND a.flag > r.flag)`
    : '';
}

/**
 * The first readings that have the flag by a rule over time alone. The conditions hold for verdicts
 * as they do for readings, and are read from the verdicts' own indexes.
 */
function firstRaised(where: string, limit: string): string {
  return `(SELECT ${columnsOf('t')}, NULL::timestamptz AS superseded_at
    FROM reading_assessments r JOIN readings t ON ${isOf('r', 't')} AND t.flag < r.flag
    ${where} ORDER BY ${order} LIMIT ${limit})`;
}

/**
 * Each station gives its own first rows. The horizon keeps them few: as many stations as the page
 * has rows have a reading up to there, so that the page ends there at the latest.
 */
function pageOfAllStations(filter: ReadingFilter, conditions: Conditions, limit: string): string {
  const ofStation = conditions.and('r.station_id = s.station_id').where;
  const horizon = `(
    SELECT first.instant FROM station_keys s CROSS JOIN LATERAL
      (SELECT r.instant FROM readings r ${ofStation} ${notRaised(filter)} ORDER BY r.instant LIMIT 1) first
    ORDER BY first.instant OFFSET ${limit} - 1 LIMIT 1)`;
  const upToHorizon = `${ofStation} AND r.instant <= coalesce(${horizon}, 'infinity')`;
  return `station_keys s CROSS JOIN LATERAL ${pageOf(filter, upToHorizon, limit)}`;
}
