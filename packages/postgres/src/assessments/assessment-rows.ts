import type { AssessableReading, Span, Verdict, VerdictChange } from '@envigate/domain';
import { statement, type Session, numberArray, textArray } from '../connection/session.ts';
import type { Database } from '../connection/database.ts';

interface ReadingRow extends AssessableReading {
  readonly parameter_id: number;
}

/** Current readings within a span, both ends included. */
export async function readAssessable(
  session: Session,
  stationId: number,
  span: Span,
): Promise<readonly ReadingRow[]> {
  return session.query<ReadingRow>(selectReadings, [stationId, ...ends(span)]);
}

interface VerdictRow extends Verdict {
  readonly parameter_id: number;
}

export async function readVerdicts(
  session: Session,
  stationId: number,
  span: Span,
): Promise<readonly VerdictRow[]> {
  return session.query<VerdictRow>(selectVerdicts, [stationId, ...ends(span)]);
}

/** Puts the verdicts after in the place of those before; these go to the history. */
export async function applyVerdictChanges(
  tx: Session,
  stationId: number,
  changes: readonly VerdictChange[],
  parameterIds: ReadonlyMap<string, number>,
): Promise<void> {
  const idOf = ({ parameter }: Verdict): number => {
    const id = parameterIds.get(parameter);
    if (id === undefined) throw new Error(`parameter ${parameter} has no number`);
    return id;
  };
  const ended = changes.flatMap(({ before }) => before ?? []);
  const begun = changes.flatMap(({ after }) => after ?? []);
  const keys = (verdicts: readonly Verdict[]): unknown[] => [
    stationId,
    numberArray(verdicts.map(idOf)),
    textArray(verdicts.map(({ instant }) => new Date(instant).toISOString())),
  ];
  if (ended.length > 0) await tx.execute(endVerdicts, keys(ended));
  if (begun.length > 0) {
    await tx.execute(beginVerdicts, [
      ...keys(begun),
      numberArray(begun.map(({ revision }) => revision)),
      numberArray(begun.map(({ flag }) => flag)),
      textArray(begun.map(({ reasons }) => textArray(reasons))),
    ]);
  }
}

function ends({ from, to }: Span): readonly Date[] {
  return [new Date(from), new Date(to)];
}

const milliseconds = (column: string): string =>
  `(extract(epoch FROM ${column}) * 1000)::float8 AS instant`;

const selectReadings = statement(
  'assessable-readings',
  `SELECT parameter, parameter_id, ${milliseconds('instant')}, revision, value, unit, flag, reasons
   FROM readings JOIN parameter_keys USING (parameter_id)
   WHERE station_id = $1 AND instant BETWEEN $2 AND $3`,
);

const selectVerdicts = statement(
  'assessments-of-span',
  `SELECT parameter, parameter_id, ${milliseconds('instant')}, revision, flag, reasons
   FROM reading_assessments JOIN parameter_keys USING (parameter_id)
   WHERE station_id = $1 AND instant BETWEEN $2 AND $3`,
);

const endVerdicts = statement(
  'assessments-end',
  `WITH ended AS (
     DELETE FROM reading_assessments a
     USING unnest($2::integer[], $3::timestamptz[]) AS given (parameter_id, instant)
     WHERE a.station_id = $1 AND a.instant = given.instant AND a.parameter_id = given.parameter_id
     RETURNING a.*)
   INSERT INTO reading_assessment_history SELECT * FROM ended`,
);

const beginVerdicts = statement(
  'assessments-begin',
  `INSERT INTO reading_assessments (station_id, parameter_id, instant, revision, flag, reasons)
   SELECT $1, parameter_id, instant, revision, flag, reasons::text[]
   FROM unnest($2::integer[], $3::timestamptz[], $4::integer[], $5::smallint[], $6::text[])
        AS given (parameter_id, instant, revision, flag, reasons)`,
);

/** `from` inclusive, `to` exclusive; undefined: all stations that ever sent. */
export interface RecordRange {
  readonly from: Date;
  readonly to: Date;
  readonly station?: string | undefined;
}

/** A day (UTC) of a station with readings, or the part of it in a range; both ends belong to it. */
export interface StationDay extends Span {
  readonly stationId: number;
  readonly station: string;
}

/** The record as rules over time see it, for whoever tries rules or has them applied again. */
export interface AssessmentRecord {
  /** By station and day. */
  days(range: RecordRange): Promise<readonly StationDay[]>;
  readings(stationId: number, span: Span): Promise<readonly AssessableReading[]>;
  /** As they stand. */
  verdicts(stationId: number, span: Span): Promise<readonly Verdict[]>;
  /** Puts the days on the list of what is to be assessed. Resolves with how many there are. */
  noteDue(range: RecordRange): Promise<number>;
}

export function assessmentRecord(database: Database): AssessmentRecord {
  const params = ({ from, to, station }: RecordRange): unknown[] => [from, to, station ?? null];
  return {
    days: (range) => database.query<StationDay>(selectDays, params(range)),
    readings: (stationId, span) => readAssessable(database, stationId, span),
    verdicts: (stationId, span) => readVerdicts(database, stationId, span),
    noteDue: (range) => database.execute(noteDays, params(range)),
  };
}

/** One step on the index of readings per station and day, however much they hold. */
const days = `
  SELECT s.station_id, s.station, day.day::date,
         greatest(day.day AT TIME ZONE 'UTC', $1) AS from_instant,
         least((day.day + interval '1 day') AT TIME ZONE 'UTC', $2) AS end_instant
  FROM station_keys s
  CROSS JOIN generate_series(($1::timestamptz AT TIME ZONE 'UTC')::date,
                             ($2::timestamptz AT TIME ZONE 'UTC')::date, interval '1 day') AS day (day)
  WHERE ($3::text IS NULL OR s.station = $3)`;
const withReadings = `
  EXISTS (SELECT FROM readings r WHERE r.station_id = day.station_id
            AND r.instant >= day.from_instant AND r.instant < day.end_instant)`;
/** Instants of readings are whole milliseconds. */
const lastInstant = `day.end_instant - interval '1 millisecond'`;

const selectDays = statement(
  'assessment-days',
  `SELECT station_id AS "stationId", station,
          (extract(epoch FROM from_instant) * 1000)::float8 AS from,
          (extract(epoch FROM ${lastInstant}) * 1000)::float8 AS to
   FROM (${days}) day WHERE ${withReadings} ORDER BY station, from_instant`,
);

const noteDays = statement(
  'assessment-note-days',
  `INSERT INTO assessment_due AS due (station_id, day, from_instant, to_instant)
   SELECT station_id, day, from_instant, ${lastInstant}
   FROM (${days}) day WHERE ${withReadings} ORDER BY station_id, day
   ON CONFLICT (station_id, day) DO UPDATE SET
     from_instant = least(due.from_instant, excluded.from_instant),
     to_instant = greatest(due.to_instant, excluded.to_instant),
     changes = due.changes + 1, last_noted_at = now()`,
);
