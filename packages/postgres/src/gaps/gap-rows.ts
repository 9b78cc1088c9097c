import type { TimeRange } from '@envigate/contracts';
import type { Gap, GapChange, GapLevel, Timeline, RecordedStretch } from '@envigate/domain';
import type { OutgoingRecord } from '@envigate/event-log';
import { absentStates } from '../archived/archived-months.ts';
import { numbers, parametersOf, texts, type Column } from '../connection/columns.ts';
import { numberArray, statement, type Session } from '../connection/session.ts';
import { columnsOfDays, groupBy, touchedDays, type TouchedReading } from '../readings/readings.ts';

/** A change of a gap, and the file whose data made it, where one did. */
export interface GapFinding {
  readonly change: GapChange;
  readonly fileId: string | undefined;
}

/** What is to be kept of a station, and what is to be published. */
export interface GapDecision {
  readonly station: string;
  /** undefined where no data are left of the station. */
  readonly timeline: Timeline | undefined;
  readonly findings: readonly GapFinding[];
  readonly events: readonly OutgoingRecord[];
}

/** First and last instant of what arrived, UTC milliseconds; infinite where there is no bound. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** A station whose timeline nobody else changes until the end of the transaction. */
export interface LockedStation {
  readonly stationId: number;
  readonly station: string;
  /** undefined where it never sent. */
  readonly timeline: Timeline | undefined;
  /** Numbers of the timeline's gaps by their `from`. */
  readonly gapIds: ReadonlyMap<number, number>;
}

/**
 * Locks stations in the order of their numbers and reads their timelines, each with its open gap
 * and the closed ones that its span touches; without a span only with the open one.
 */
export async function lockStations(
  tx: Session,
  stationIds: readonly number[],
  spanOf: (station: string) => Span | undefined,
): Promise<readonly LockedStation[]> {
  const keys = await tx.query<StationKey>(lockKeys, [numberArray(stationIds)]);
  const ids = numberArray(keys.map(numberOf));
  const coverage = await tx.query<CoverageRow>(selectCoverage, [ids]);
  const spans = keys.map(({ station }) => spanOf(station));
  const gaps = await tx.query<GapRow>(selectGaps, [ids, ...parametersOf(spanColumns, spans)]);
  const coverageOf = new Map(coverage.map((row) => [row.station_id, row]));
  const gapsOf = groupBy(gaps, numberOf);
  return keys.map(({ station_id: stationId, station }) => {
    const rows = gapsOf.get(stationId) ?? [];
    const gapIds = new Map(rows.map((row) => [row.from_instant.getTime(), row.gap_id]));
    return { stationId, station, timeline: timelineOf(coverageOf.get(stationId), rows), gapIds };
  });
}

/** Writes what was decided for locked stations. */
export async function saveTimelines(
  tx: Session,
  decided: readonly { readonly station: LockedStation; readonly decision: GapDecision }[],
): Promise<void> {
  if (decided.length === 0) return;
  const covered = decided.flatMap(({ station, decision: { timeline } }) =>
    timeline === undefined ? [] : [{ ...timeline, stationId: station.stationId }],
  );
  await tx.execute(upsertCoverage, parametersOf(coverageColumns, covered));
  const emptied = decided.filter(({ decision }) => decision.timeline === undefined);
  if (emptied.length > 0)
    await tx.execute(deleteCoverage, [emptied.map(({ station }) => station.stationId)]);
  const writes = decided.flatMap(({ station, decision }) =>
    decision.findings.map((finding) => writeOf(station, finding)),
  );
  const removed = writes.flatMap(({ gapId, gap }) => (gap === undefined ? [gapId] : []));
  if (removed.length > 0) await tx.execute(removeGaps, [removed]);
  // A gap may begin where another one began before: those that are there already move first.
  const kept = writes.filter(({ gap }) => gap !== undefined);
  const known = kept.filter(({ gapId }) => gapId !== undefined);
  const found = kept.filter(({ gapId }) => gapId === undefined);
  if (known.length > 0) {
    await tx.execute(updateGaps, [known.map(({ gapId }) => gapId), ...columnsOf(known)]);
  }
  if (found.length > 0) {
    await tx.execute(insertGaps, [found.map(({ stationId }) => stationId), ...columnsOf(found)]);
  }
}

/** Every station that ever sent, each with its open gap only. */
export async function readLastHeard(
  session: Session,
): Promise<readonly { readonly station: string; readonly timeline: Timeline }[]> {
  const rows = await session.query<CoverageRow & Partial<GapRow> & { station: string }>(
    `SELECT station, coverage.*, gap_id, from_instant, to_instant, level
     FROM coverage
     JOIN station_keys USING (station_id)
     LEFT JOIN gaps ON gaps.station_id = coverage.station_id
       AND gaps.to_instant IS NULL AND gaps.removed_at IS NULL`,
  );
  return rows.flatMap((row) => {
    const timeline = timelineOf(row, isGapRow(row) ? [row] : []);
    return timeline === undefined ? [] : [{ station: row.station, timeline }];
  });
}

interface CoverageRow {
  readonly station_id: number;
  readonly first_instant: Date;
  readonly last_instant: Date;
}

interface GapRow {
  readonly gap_id: number;
  readonly station_id: number;
  readonly from_instant: Date;
  readonly to_instant: Date | null;
  readonly level: GapLevel;
}

function isGapRow<R extends Partial<GapRow>>(row: R): row is R & GapRow {
  return typeof row.gap_id === 'number';
}

function timelineOf(
  coverage: CoverageRow | undefined,
  gaps: readonly GapRow[],
): Timeline | undefined {
  if (coverage === undefined) return undefined;
  return {
    first: coverage.first_instant.getTime(),
    last: coverage.last_instant.getTime(),
    gaps: gaps.map((row) => ({
      from: row.from_instant.getTime(),
      to: row.to_instant?.getTime(),
      level: row.level,
    })),
  };
}

interface GapWrite {
  readonly stationId: number;
  /** undefined: the gap is new. */
  readonly gapId: number | undefined;
  /** undefined: the gap is removed. */
  readonly gap: Gap | undefined;
  readonly fileId: string | undefined;
}

function writeOf(station: LockedStation, { change, fileId }: GapFinding): GapWrite {
  const { before, after } = change;
  const gapId = before === undefined ? undefined : station.gapIds.get(before.from);
  if (before !== undefined && gapId === undefined) {
    throw new Error(`${station.station} has no gap from ${new Date(before.from).toISOString()}`);
  }
  return { stationId: station.stationId, gapId, gap: after, fileId };
}

function columnsOf(writes: readonly GapWrite[]): unknown[] {
  return [
    writes.map(({ gap }) => isoOr(gap?.from, null)),
    writes.map(({ gap }) => isoOr(gap?.to, null)),
    writes.map(({ gap }) => gap?.level),
    writes.map(({ fileId }) => (fileId === undefined ? null : `\\x${fileId}`)),
  ];
}

interface StationKey {
  readonly station_id: number;
  readonly station: string;
}

const numberOf = ({ station_id }: Pick<StationKey, 'station_id'>): number => station_id;

const spanColumns: readonly Column<Span | undefined>[] = [
  texts((span) => boundOf(span?.first)),
  texts((span) => boundOf(span?.last)),
];

const coverageColumns: readonly Column<Timeline & { readonly stationId: number }>[] = [
  numbers(({ stationId }) => stationId),
  texts(({ first }) => new Date(first).toISOString()),
  texts(({ last }) => new Date(last).toISOString()),
];

function boundOf(instant = Infinity): string {
  if (Number.isFinite(instant)) return new Date(instant).toISOString();
  return instant > 0 ? 'infinity' : '-infinity';
}

function isoOr<T>(instant: number | undefined, otherwise: T): string | T {
  return instant === undefined ? otherwise : new Date(instant).toISOString();
}

// A station's lock is its key's row: it is there before its coverage is, and writers of readings,
// who only need it to exist, do not wait for it.
const lockKeys = statement(
  'gaps-lock-stations',
  `SELECT station_id, station FROM station_keys WHERE station_id = ANY($1)
   ORDER BY station_id FOR NO KEY UPDATE`,
);

const selectCoverage = statement(
  'gaps-coverage',
  'SELECT station_id, first_instant, last_instant FROM coverage WHERE station_id = ANY($1)',
);

const selectGaps = statement(
  'gaps-touched',
  `SELECT gap_id, station_id, from_instant, to_instant, level
   FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[])
        AS span (station_id, first_instant, last_instant)
   JOIN gaps USING (station_id)
   WHERE kind = 'transmission' AND removed_at IS NULL
     AND coalesce(to_instant, 'infinity') >= first_instant AND from_instant < last_instant
   ORDER BY station_id, from_instant`,
);

const upsertCoverage = statement(
  'gaps-save-coverage',
  `INSERT INTO coverage (station_id, first_instant, last_instant)
   SELECT * FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[])
   ON CONFLICT (station_id) DO UPDATE
     SET first_instant = excluded.first_instant, last_instant = excluded.last_instant`,
);

const deleteCoverage = statement(
  'gaps-forget-coverage',
  'DELETE FROM coverage WHERE station_id = ANY($1::integer[])',
);

const removeGaps = statement(
  'gaps-remove',
  'UPDATE gaps SET removed_at = now() WHERE gap_id = ANY($1::bigint[])',
);

const updateGaps = statement(
  'gaps-update',
  `UPDATE gaps SET
     from_instant = given.from_instant, to_instant = given.to_instant, level = given.level,
     closed_at = CASE WHEN given.to_instant IS NULL THEN NULL ELSE coalesce(closed_at, now()) END,
     closed_by = CASE WHEN gaps.to_instant IS DISTINCT FROM given.to_instant
                      THEN given.file_id ELSE closed_by END
   FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::bytea[])
        AS given (gap_id, from_instant, to_instant, level, file_id)
   WHERE gaps.gap_id = given.gap_id`,
);

const insertGaps = statement(
  'gaps-insert',
  `INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at, closed_at, closed_by)
   SELECT station_id, 'transmission', from_instant, to_instant, level, now(),
          CASE WHEN to_instant IS NULL THEN NULL ELSE now() END,
          CASE WHEN to_instant IS NULL THEN NULL ELSE file_id END
   FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::bytea[])
        AS given (station_id, from_instant, to_instant, level, file_id)`,
);

/** A stretch of a station's data in which readings vanished, or that a person wants judged anew. */
export interface DueStretch {
  readonly stationId: number;
  readonly station: string;
  /** UTC, yyyy-MM-dd; with the station it names the row. */
  readonly day: string;
  /** Both ends belong to it. */
  readonly from: Date;
  readonly to: Date;
  /** How often it was noted: a row that was noted again meanwhile stays. */
  readonly changes: number;
}

/** The first rows; each is a day of a station. */
export function readGapsDue(session: Session, limit: number): Promise<readonly DueStretch[]> {
  return session.query<DueStretch>(
    `SELECT station_id AS "stationId", station, day::text, from_instant AS "from", to_instant AS "to", changes
     FROM gaps_due JOIN station_keys USING (station_id)
     ORDER BY station_id, day LIMIT $1`,
    [limit],
  );
}

/** False where it was noted again, or is gone. */
export async function endGapsDue(tx: Session, due: DueStretch): Promise<boolean> {
  const { stationId, day, changes } = due;
  const ended = await tx.execute(
    'DELETE FROM gaps_due WHERE station_id = $1 AND day = $2 AND changes = $3',
    [stationId, day, changes],
  );
  return ended === 1;
}

/** What the record holds of it now. */
export async function readStretch(
  tx: Session,
  { stationId, from, to }: DueStretch,
): Promise<Omit<RecordedStretch, 'now'>> {
  const [bounds] = await tx.query<{ first: Date | null; last: Date | null }>(selectBounds, [
    stationId,
  ]);
  const rows = await tx.query<{ instant: Date }>(selectInstants, [stationId, from, to]);
  const { first = null, last = null } = bounds ?? {};
  return {
    coverage:
      first === null || last === null
        ? undefined
        : { first: first.getTime(), last: last.getTime() },
    instants: rows.map(({ instant }) => instant.getTime()),
  };
}

// Readings of archived months are not here any more; the first and last ones of each station are known.
const ofArchives = `FROM archived_stations JOIN archived_months USING (archive_id)
     WHERE station_id = $1 AND state IN ${absentStates}`;

const selectBounds = statement(
  'gaps-due-bounds',
  `SELECT min(first) AS first, max(last) AS last
   FROM (SELECT min(instant) AS first, max(instant) AS last FROM readings WHERE station_id = $1
         UNION ALL SELECT min(first_instant), max(last_instant) ${ofArchives}) bounds`,
);

const selectInstants = statement(
  'gaps-due-instants',
  `SELECT max(instant) AS instant
   FROM (SELECT max(instant) AS instant FROM readings WHERE station_id = $1 AND instant < $2
         UNION ALL SELECT max(last_instant) ${ofArchives} AND last_instant < $2) before
     HAVING max(instant) IS NOT NULL
   UNION
   SELECT instant FROM readings WHERE station_id = $1 AND instant BETWEEN $2 AND $3
   UNION
   SELECT min(instant)
   FROM (SELECT min(instant) AS instant FROM readings WHERE station_id = $1 AND instant > $3
         UNION ALL SELECT min(first_instant) ${ofArchives} AND first_instant > $3) after
     HAVING min(instant) IS NOT NULL
   ORDER BY instant`,
);

/**
 * Notes in the caller's transaction where readings vanished: the gap detector finds the gaps anew from
 * what is left.
 */
export async function noteGapsDue(tx: Session, removed: readonly TouchedReading[]): Promise<void> {
  const days = touchedDays(removed);
  if (days.length === 0) return;
  await tx.execute(note, columnsOfDays(days));
}

/**
 * Notes a range of a station, as far as its readings go, and all that the files of a reread give: gaps and rules
 * over time are judged by the interval that the registry states now, also of readings that a reread did not change.
 */
export async function noteRangeDue(
  tx: Session,
  batchId: string,
  { station, from, to }: { readonly station: string } & TimeRange,
): Promise<void> {
  const range = [batchId, station, from ?? null, to ?? null];
  await tx.execute(noteRangeOfGaps, range);
  await tx.execute(noteRangeOfAssessments, range);
}

const orWiden = `ON CONFLICT (station_id, day) DO UPDATE SET
     from_instant = least(due.from_instant, excluded.from_instant),
     to_instant = greatest(due.to_instant, excluded.to_instant),
     changes = due.changes + 1`;

const noteRangeIn = (table: 'gaps_due' | 'assessment_due', more = ''): string =>
  `WITH station AS (
     SELECT station_id FROM station_keys WHERE station = $2
   ), known AS (
     SELECT station_id, min(instant) AS first, max(instant) AS last
     FROM station JOIN readings USING (station_id) GROUP BY station_id
   ), given AS (
     SELECT min(data_from) AS first, max(data_to) AS last
     FROM replay_files JOIN files USING (file_no) JOIN station USING (station_id) WHERE batch_id = $1
   ), bounds AS (
     SELECT station_id,
            greatest(known.first, least(coalesce($3::timestamptz, known.first), given.first)) AS from_instant,
            least(known.last, greatest(coalesce($4::timestamptz, known.last), given.last)) AS to_instant
     FROM known, given
   ), days AS (
     SELECT station_id, from_instant, to_instant, day::date AS day
     FROM bounds, generate_series(date_trunc('day', from_instant AT TIME ZONE 'UTC'),
                                  to_instant AT TIME ZONE 'UTC', interval '1 day') AS day
   )
   INSERT INTO ${table} AS due (station_id, day, from_instant, to_instant)
   SELECT station_id, day, greatest(from_instant, day::timestamp AT TIME ZONE 'UTC'),
          least(to_instant, (day + 1)::timestamp AT TIME ZONE 'UTC')
   FROM days
   ORDER BY station_id, day
   ${orWiden}${more}`;
const noteRangeOfGaps = statement('gaps-due-note-range', noteRangeIn('gaps_due'));
const noteRangeOfAssessments = statement(
  'assessment-due-note-range',
  noteRangeIn('assessment_due', ', last_noted_at = now()'),
);

const note = statement(
  'gaps-due-note',
  `INSERT INTO gaps_due AS due (station_id, day, from_instant, to_instant)
   SELECT * FROM unnest($1::integer[], $2::date[], $3::timestamptz[], $4::timestamptz[])
   ${orWiden}`,
);
