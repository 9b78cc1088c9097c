import type { AssessableReading, Span, Verdict } from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { statement } from '../connection/session.ts';
import { readAssessable, readVerdicts } from './assessment-rows.ts';

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
