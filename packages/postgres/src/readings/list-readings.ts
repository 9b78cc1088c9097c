import type { ListedReading, Page, ReadingFilter, ReadingPlace } from '@envigate/contracts';
import type { Session } from '../connection/session.ts';
import {
  Conditions,
  parameterIdOf,
  stationIdOf,
  within,
  type Slice,
  lookLimits,
  readPage,
  type LookEnd,
  type LookLimits,
} from '../connection/looks.ts';

/**
 * By instant, then by station, parameter (each in a fixed order) and revision.
 *
 * A page is read in order from an index: of the station (the key of the readings begins with it), of
 * a flag other than good (they have an index of their own), or of all stations side by side.
 *
 * The flag of a current reading is the worst of its own and that of the rules over time; a replaced
 * one has only its own.
 */
export async function listReadings(
  session: Session,
  filter: ReadingFilter,
  limits: LookLimits = lookLimits,
): Promise<Page<ListedReading, ReadingPlace>> {
  if (filter.parameter !== undefined && !(await isParameter(session, filter.parameter))) {
    return { rows: [], next: undefined };
  }
  return readPage({
    limit: filter.limit,
    findEnd: () => findEnd(session, filter, limits),
    read: (end, limit) => readReadings(session, { ...filter, limit }, end),
    placeOf: ({ instant, station, parameter, revision }) => ({
      ...{ instant, station, parameter, revision },
    }),
  });
}

/** One that no reading has would be looked for in all of them. */
async function isParameter(session: Session, parameter: string): Promise<boolean> {
  const rows = await session.query('SELECT FROM parameter_keys WHERE parameter = $1', [parameter]);
  return rows.length > 0;
}

function readReadings(
  session: Session,
  filter: ReadingFilter,
  end: ReadingPlace | undefined,
): Promise<readonly ListedReading[]> {
  const conditions = new Conditions();
  addRange(filter, end, conditions);
  addOthers(filter, conditions);
  const limit = conditions.place(filter.limit);
  const inOrder =
    driverOf(filter) === 'stations'
      ? pageOfAllStations(filter, conditions, limit)
      : pageOf(filter, conditions.where, limit);
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
const key = 'r.instant, r.station_id, r.parameter_id';
const order = `${key}, r.revision`;
const columnsOf = (table: string): string =>
  `station_id, parameter_id, instant, revision, value, unit, censored, censored_limit, factor,
   raw_value, raw_unit, status, flag, reasons, file_no, line, recorded_at`.replace(
    /\w+/g,
    (column) => `${table}.${column}`,
  );

/** What readings are read by, in the order of the list. */
type Driver = 'station' | 'flag' | 'stations';

function driverOf({ station, flag }: ReadingFilter): Driver {
  if (station !== undefined) return 'station';
  return flag === undefined || flag === good ? 'stations' : 'flag';
}

/**
 * Several tables are read, and of all stations each of its own: each gives its share of the rows,
 * and the look ends where the first of them does.
 */
async function findEnd(
  session: Session,
  filter: ReadingFilter,
  { maxLookedAt }: LookLimits,
): Promise<LookEnd<ReadingPlace> | undefined> {
  const driver = driverOf(filter);
  if (!passesOver(filter, driver)) return undefined;
  const conditions = new Conditions();
  addRange(filter, undefined, conditions);
  const tables = [
    'readings',
    ...(isRaisable(filter.flag) ? ['reading_assessments'] : []),
    ...(filter.revisions ? ['reading_revisions'] : []),
  ];
  const slices = driver === 'stations' ? '(SELECT count(*) FROM station_keys)' : '1';
  const share = `greatest(${conditions.place(maxLookedAt)} / ${tables.length} / greatest(${slices}, 1), 1)`;
  const ends = tables
    .map(
      (table) =>
        `(SELECT ${key} FROM ${table} r ${conditions.where} 
          ORDER BY ${orderBy(filter)} OFFSET ${share} - 1 LIMIT 1)`,
    )
    .join(' UNION ALL ');
  const from =
    driver === 'stations' ? `station_keys s CROSS JOIN LATERAL (${ends}) r` : `(${ends}) r`;
  const [place] = await session.query<Omit<ReadingPlace, 'revision'>>(
    `SELECT r.instant, station.station, p.parameter FROM (SELECT r.* FROM ${from}) r
     JOIN station_keys station USING (station_id) JOIN parameter_keys p USING (parameter_id)
     ORDER BY ${key} LIMIT 1`,
    conditions.params,
  );
  return place && { place: { ...place, revision: afterAllRevisions }, isLast: false };
}

const afterAllRevisions = 2 ** 31 - 1;

/** Whether the filter has conditions that rows of the index are looked at for. */
function passesOver({ parameter, flag }: ReadingFilter, driver: Driver): boolean {
  if (driver === 'stations' || parameter !== undefined) return true;
  return flag !== undefined && (driver !== 'flag' || isRaisable(flag));
}

/** Adds the part of the filter that an index answers, up to the end, which belongs to it. */
function addRange(
  filter: ReadingFilter,
  end: ReadingPlace | undefined,
  conditions: Conditions,
): void {
  const { from, to, after, revisions } = filter;
  const slice = sliceOf(filter, conditions);
  if (slice === undefined) conditions.and('r.station_id = s.station_id');
  const compare = (columns: string, comparison: '<' | '<=' | '>=', values: string): void => {
    conditions.and(
      slice === undefined
        ? `(${columns}) ${comparison} (${values})`
        : within(slice, columns, comparison, values),
    );
  };
  const [since, before] = [from, to].map((time) =>
    time === undefined ? undefined : conditions.place(time),
  );
  compare('r.instant', '>=', since ?? `'-infinity'`);
  compare('r.instant', '<', before ?? `'infinity'`);
  // A range of rows leads to no month; these do.
  if (since !== undefined) conditions.and(`r.instant >= ${since}`);
  if (before !== undefined) conditions.and(`r.instant < ${before}`);
  if (end !== undefined) {
    compare(key, '<=', keyOf(end, conditions));
    conditions.and(`r.instant <= ${conditions.place(end.instant)}`);
  }
  if (after === undefined) return;
  // The first condition bounds the scan of the index, the second leaves out what was shown of that
  // instant. Without revisions a reading that was corrected since is not shown again.
  const reached = conditions.place(after.instant);
  compare('r.instant', '>=', reached);
  conditions.and(`r.instant >= ${reached}`);
  const last = keyOf(after, conditions);
  conditions.and(
    revisions
      ? `(${order}) > (${last}, ${conditions.place(after.revision)})`
      : `(${key}) > (${last})`,
  );
}

function sliceOf(filter: ReadingFilter, conditions: Conditions): Slice | undefined {
  switch (driverOf(filter)) {
    case 'station':
      return { column: 'r.station_id', value: stationIdOf(conditions.place(filter.station)) };
    case 'flag':
      // As the partial indexes on them say it.
      conditions.and(`r.flag <> ${good}`);
      return { column: 'r.flag', value: conditions.place(filter.flag) };
    case 'stations':
      return undefined;
  }
}

/** The list's order as the index has it: after the column of which the rows have one value. */
function orderBy(filter: ReadingFilter): string {
  switch (driverOf(filter)) {
    case 'station':
      return `r.station_id, ${order}`;
    case 'flag':
      return `r.flag, ${order}`;
    case 'stations':
      return order;
  }
}

function keyOf({ instant, station, parameter }: ReadingPlace, conditions: Conditions): string {
  const [at, stationPlace, parameterPlace] = [instant, station, parameter].map((value) =>
    conditions.place(value),
  ) as [string, string, string];
  return `${at}, ${stationIdOf(stationPlace)}, ${parameterIdOf(parameterPlace)}`;
}

/** The part of the filter that rows of the index are looked at for. */
function addOthers(filter: ReadingFilter, conditions: Conditions): void {
  conditions.given(filter.parameter, (p) => `r.parameter_id = ${parameterIdOf(p)}`);
  if (driverOf(filter) !== 'flag') conditions.given(filter.flag, (p) => `r.flag = ${p}`);
}

/** The first rows of the current readings and, where asked for, of the replaced ones. */
function pageOf(filter: ReadingFilter, where: string, limit: string): string {
  const firstOf = (table: string, supersededAt: string, only: string): string =>
    `(SELECT ${columnsOf('r')}, ${supersededAt} AS superseded_at FROM ${table} r ${only}
      ORDER BY ${orderBy(filter)} LIMIT ${limit})`;
  const parts = [
    firstOf('readings', 'NULL::timestamptz', `${where} ${notRaised(filter)}`),
    ...(isRaisable(filter.flag) ? [firstRaised(filter, where, limit)] : []),
    ...(filter.revisions ? [firstOf('reading_revisions', 'r.superseded_at', where)] : []),
  ];
  return `(${parts.join(' UNION ALL ')}) r`;
}

/** Whether a verdict is of the revision that is among the readings. */
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
function firstRaised(filter: ReadingFilter, where: string, limit: string): string {
  return `(SELECT ${columnsOf('t')}, NULL::timestamptz AS superseded_at
    FROM reading_assessments r JOIN readings t ON ${isOf('r', 't')} AND t.flag < r.flag
    ${where} ORDER BY ${orderBy(filter)} LIMIT ${limit})`;
}

/**
 * Each station gives its own first rows. The horizon keeps them few: so many stations have so many readings
 * each up to there that these are a page, which therefore ends there at the latest. Half of the stations are
 * enough for that, as others may be silent.
 */
function pageOfAllStations(filter: ReadingFilter, conditions: Conditions, limit: string): string {
  const ofStation = conditions.where;
  const ofEach = `greatest((2 * ${limit} + known.stations - 1) / known.stations, 1)`;
  const horizon = `(
    SELECT nth.instant FROM station_keys s CROSS JOIN LATERAL
      (SELECT r.instant FROM readings r ${ofStation} ${notRaised(filter)} ORDER BY r.instant
       OFFSET (SELECT ${ofEach} - 1 FROM ${known}) LIMIT 1) nth
    ORDER BY nth.instant
    OFFSET (SELECT (${limit} + ${ofEach} - 1) / ${ofEach} - 1 FROM ${known}) LIMIT 1)`;
  const upToHorizon = `${ofStation} AND r.instant <= coalesce(${horizon}, 'infinity')`;
  return `station_keys s CROSS JOIN LATERAL ${pageOf(filter, upToHorizon, limit)}`;
}

const known = '(SELECT greatest(count(*), 1) AS stations FROM station_keys) known';
