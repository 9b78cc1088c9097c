import { maxCounted } from '@envigate/contracts';
import {
  diffVerdicts,
  type AssessableReading,
  type Span,
  type Verdict,
  type VerdictChange,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';
import { applyVerdictChanges, readAssessable, readVerdicts } from './assessment-rows.ts';
import { columnsOfDays, touchedDays, type TouchedReading } from '../readings/readings.ts';

/** A station's day (UTC) in which readings came or changed. */
export interface DueAssessment {
  readonly stationId: number;
  readonly station: string;
  /** yyyy-MM-dd */
  readonly day: string;
}

/** What to look at and what to judge, for what was touched; pure. */
interface AssessmentPlan {
  readonly judged: Span;
  readonly read: Span;
}

export type AssessmentOutcome =
  /** Another assessor works on the station. */
  | { readonly kind: 'busy' }
  /** Another assessor was faster. */
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'assessed';
      readonly readings: number;
      readonly changes: readonly VerdictChange[];
      /** Since the first reading it waited for was recorded. */
      readonly waitedSeconds: number;
    };

interface AssessmentBacklog {
  readonly due: number;
  /** Since the oldest was noted; 0 where none is due. */
  readonly oldestSeconds: number;
}

/** Verdicts of rules over time, and what waits for them. Every method may throw a retryable error. */
export interface AssessmentStore {
  /**
   * What is due, the longest waiting first: where nothing came for `settleMs`, or something came
   * `mostWaitMs` ago.
   */
  due(limit: number, settleMs: number, mostWaitMs: number): Promise<readonly DueAssessment[]>;
  /**
   * Judges what was touched, in one transaction with the verdicts' changes and with taking it off
   * the list, where it stays if readings came meanwhile. Holds nothing that a recorder waits for
   * until its last statement.
   */
  assess(
    due: DueAssessment,
    plan: (touched: Span) => AssessmentPlan,
    judge: (readings: readonly AssessableReading[]) => readonly Verdict[],
  ): Promise<AssessmentOutcome>;
  backlog(): Promise<AssessmentBacklog>;
}

export function assessmentStore(database: Database): AssessmentStore {
  return {
    due: (limit, settleMs, mostWaitMs) =>
      database.query<DueAssessment>(selectDue, [limit, settleMs / 1000, mostWaitMs / 1000]),

    assess: (due, plan, judge) =>
      database.transaction(
        async (tx): Promise<AssessmentOutcome> => {
          if (!(await lockStation(tx, due))) return { kind: 'busy' };
          const [touched] = await tx.query<TouchedRow>(selectTouched, [due.stationId, due.day]);
          if (touched === undefined) return { kind: 'gone' };
          const { judged, read } = plan(touched);
          const [readings, before] = [
            await readAssessable(tx, due.stationId, read),
            await readVerdicts(tx, due.stationId, judged),
          ];
          const after = judge(readings).filter(
            ({ instant }) => instant >= judged.from && instant <= judged.to,
          );
          const changes = diffVerdicts(before, after);
          const parameterIds = new Map(
            [...readings, ...before].map(({ parameter, parameter_id: id }) => [parameter, id]),
          );
          await applyVerdictChanges(tx, due.stationId, changes, parameterIds);
          await tx.execute(takeOff, [due.stationId, due.day, touched.changes]);
          const { waitedSeconds } = touched;
          return { kind: 'assessed', readings: readings.length, changes, waitedSeconds };
        },
        { flush: false },
      ),

    async backlog() {
      const [row] = await database.query<AssessmentBacklog>(selectBacklog);
      return row ?? { due: 0, oldestSeconds: 0 };
    },
  };
}

interface TouchedRow extends Span {
  readonly changes: number;
  readonly waitedSeconds: number;
}

/** First half of the two-number advisory locks on stations; the second is the station's number. */
const lockClass = 0x6173_7365; // 'asse'

async function lockStation(tx: Session, { stationId }: DueAssessment): Promise<boolean> {
  const [row] = await tx.query<{ taken: boolean }>(tryLock, [lockClass, stationId]);
  return row?.taken === true;
}

const tryLock = statement('assessment-lock', 'SELECT pg_try_advisory_xact_lock($1, $2) AS taken');

const selectDue = statement(
  'assessments-due',
  `SELECT station_id AS "stationId", station, day::text
   FROM assessment_due JOIN station_keys USING (station_id)
   WHERE last_noted_at <= now() - make_interval(secs => $2)
      OR first_noted_at <= now() - make_interval(secs => $3)
      -- Noted while the clock was ahead: for how long it has waited is unknown.
      OR last_noted_at > now() + interval '1 minute'
   ORDER BY first_noted_at LIMIT $1`,
);

const selectTouched = statement(
  'assessment-touched',
  `SELECT (extract(epoch FROM from_instant) * 1000)::float8 AS from,
          (extract(epoch FROM to_instant) * 1000)::float8 AS to, changes,
          greatest(0, extract(epoch FROM clock_timestamp() - first_noted_at))::float8 AS "waitedSeconds"
   FROM assessment_due WHERE station_id = $1 AND day = $2`,
);

// Last, since a recorder that brings more of the day waits for it until the commit.
const takeOff = statement(
  'assessment-take-off',
  'DELETE FROM assessment_due WHERE station_id = $1 AND day = $2 AND changes = $3',
);

const selectBacklog = statement(
  'assessment-backlog',
  `SELECT (SELECT count(*) FROM (SELECT FROM assessment_due LIMIT ${maxCounted}) counted)::int AS due,
          greatest(0, extract(epoch FROM now() - (SELECT min(first_noted_at) FROM assessment_due)))::float8
            AS "oldestSeconds"`,
);

/**
 * Notes in the caller's transaction what has to be assessed again: one statement, one row per
 * station and day (UTC), in the order in which everyone takes them.
 */
export async function noteAssessmentsDue(
  tx: Session,
  readings: readonly TouchedReading[],
): Promise<void> {
  const days = touchedDays(readings);
  if (days.length === 0) return;
  await tx.execute(note, columnsOfDays(days));
}

// Not an index column changes where the row is there already: the update stays on its page.
const note = statement(
  'assessment-due-note',
  `INSERT INTO assessment_due AS due (station_id, day, from_instant, to_instant)
   SELECT * FROM unnest($1::integer[], $2::date[], $3::timestamptz[], $4::timestamptz[])
   ON CONFLICT (station_id, day) DO UPDATE SET
     from_instant = least(due.from_instant, excluded.from_instant),
     to_instant = greatest(due.to_instant, excluded.to_instant),
     changes = due.changes + 1, last_noted_at = now()`,
);
