import type { AssessableReading, Span, Verdict, VerdictChange } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import { numberArray, textArray } from '../connection/array-literal.ts';

/** What rules over time look at and what they have left, of one station. */
export interface StationRecord {
  readonly readings: readonly AssessableReading[];
  /** Within the span that is judged. */
  readonly verdicts: readonly Verdict[];
  /** Numbers of the parameters that occur. */
  readonly parameterIds: ReadonlyMap<string, number>;
}

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
