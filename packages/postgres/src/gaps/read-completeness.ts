import {
  gapRulesOf,
  leastStep,
  missingInstants,
  stretchesOfStops,
  timeExpected,
  type Completeness,
  type GapRules,
  type RegistryView,
  type SeriesPresence,
} from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import { stopsDuring } from '../stops/planned-stops.ts';

export interface CompletenessFilter {
  readonly station: string;
  /** What is counted of it, each by itself; undefined: any data of the station. */
  readonly parameters: readonly (string | undefined)[];
  /** Half open. */
  readonly from: Date;
  readonly to: Date;
}

/** What came of a series of a station, and what is missing of it. */
export interface SeriesCompleteness extends Completeness {
  readonly parameter: string | undefined;
  /** Instants with a valid value, of those that came; of a station, of any parameter. */
  readonly valid: number;
}

export interface CompletenessParts {
  readonly view: RegistryView;
  /** Minutes beyond the interval before a silence is a gap. */
  readonly graceMinutes: number;
  readonly now: Date;
}

const dayMs = 86_400_000;

/**
 * What of the data of [from, to) is there, and what is missing of it, by the registry as it is now. Data whose files may
 * still be on their way are not missing. The memory that it takes grows with the holes in the data alone.
 */
export async function readCompleteness(
  session: Session,
  { view, graceMinutes, now }: CompletenessParts,
  { station, parameters, from, to }: CompletenessFilter,
): Promise<readonly SeriesCompleteness[]> {
  const rules = gapRulesOf(view, station, graceMinutes);
  const asked = { from: from.getTime(), to: to.getTime() };
  const within = timeExpected(rules, asked, now.getTime());
  const counted = await countInstants(session, { station, parameters, within, rules });
  const stops = await stopsDuring(session, within);
  return parameters.map((parameter) => {
    const { valid, ...presence } = counted.get(parameter) ?? nothing;
    const ofStops = stretchesOfStops(stops, view, station, parameter);
    const question = { within, presence, stops: ofStops };
    return { parameter, valid, ...missingInstants(rules, parameter, question) };
  });
}

type CountedSeries = SeriesPresence & { readonly valid: number };

const nothing: CountedSeries = {
  ...{ received: 0, late: 0, valid: 0, apart: [] },
  ...{ first: undefined, last: undefined, before: undefined },
};

interface CountQuestion {
  readonly station: string;
  readonly parameters: CompletenessFilter['parameters'];
  readonly within: { readonly from: number; readonly to: number };
  readonly rules: GapRules;
}

interface CountRow {
  readonly parameter: string | null;
  readonly received: number;
  readonly late: number;
  readonly valid: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly before: number | null;
  readonly apart: readonly (readonly [number, number])[];
}

async function countInstants(
  session: Session,
  { station, parameters, within, rules }: CountQuestion,
): Promise<ReadonlyMap<string | undefined, CountedSeries>> {
  const steps = parameters.map((parameter) => leastStep(rules, parameter));
  const rows = await session.query<CountRow>(selectCounts, [
    ...[station, new Date(within.from - dayMs), new Date(within.from), new Date(within.to)],
    parameters.map((parameter) => parameter ?? ''),
    steps.map((step) => 1.5 * step),
    steps.map((step) => step + rules.grace),
  ]);
  return new Map(
    rows.map(({ parameter, first, last, before, ...row }) => [
      parameter ?? undefined,
      {
        ...row,
        ...{ first: first ?? undefined, last: last ?? undefined, before: before ?? undefined },
      },
    ]),
  );
}

const ms = (instant: string): string => `(extract(epoch FROM ${instant}) * 1000)::float8`;

/** As isValidReading of the domain judges a reading. */
const isValid = (row: string): string => `(${row}.flag IN (1, 3) OR ${row}.flag = 2
  AND NOT EXISTS (SELECT FROM unnest(${row}.reasons) reason WHERE starts_with(reason, 'status-'))
  AND EXISTS (SELECT FROM unnest(${row}.reasons) reason
              WHERE starts_with(reason, 'censored@') OR starts_with(reason, 'not-detected@')))`;

/**
 * $1 station, $2 a day before, [$3, $4) the time; $5 parameters, '' the station; $6 from how many milliseconds on two
 * instants are apart, $7 after how many one is late. What was late counts by the first file that brought it: by when
 * it was recorded, and where that was late, as while the database was away, by the first reception of the file.
 */
const selectCounts = statement(
  'completeness-count',
  `WITH asked AS (
     SELECT given.parameter, parameter_id, apart_ms, late_ms
     FROM unnest($5::text[], $6::float8[], $7::float8[]) AS given (parameter, apart_ms, late_ms)
     LEFT JOIN parameter_keys USING (parameter)
   ), reading AS (
     SELECT now.parameter_id, now.instant, ${isValid('now')} AS is_valid,
            coalesce(first.recorded_at, now.recorded_at) AS recorded_at,
            coalesce(first.file_no, now.file_no) AS file_no
     FROM readings now
     LEFT JOIN reading_revisions first
       ON now.revision > 1 AND first.revision = 1 AND first.station_id = now.station_id
      AND first.instant = now.instant AND first.parameter_id = now.parameter_id
     WHERE now.station_id = (SELECT station_id FROM station_keys WHERE station = $1)
       AND now.instant >= $2 AND now.instant < $4
   ), arrival AS (
     SELECT asked.parameter, apart_ms, late_ms, instant, is_valid, recorded_at, file_no
     FROM reading JOIN asked USING (parameter_id)
     UNION ALL
     SELECT asked.parameter, apart_ms, late_ms, instant, is_valid, recorded_at, file_no
     FROM reading CROSS JOIN asked WHERE asked.parameter = ''
   ), late_file AS (
     SELECT file_no, (SELECT min(received_at) FROM receptions WHERE receptions.file_no = late.file_no) AS received_at
     FROM (SELECT DISTINCT file_no FROM arrival
           WHERE instant >= $3 AND recorded_at > instant + late_ms * interval '1 ms') late
   ), moment AS (
     SELECT parameter, apart_ms, instant, bool_or(is_valid) AS is_valid,
            bool_and(recorded_at > instant + late_ms * interval '1 ms'
                     AND coalesce(late_file.received_at, recorded_at) > instant + late_ms * interval '1 ms') AS is_late
     FROM arrival LEFT JOIN late_file USING (file_no)
     GROUP BY parameter, apart_ms, instant
   ), step AS (
     SELECT *, lag(instant) OVER (PARTITION BY parameter ORDER BY instant) AS previous FROM moment
   )
   SELECT nullif(parameter, '') AS parameter,
          count(*) FILTER (WHERE instant >= $3) AS received,
          count(*) FILTER (WHERE instant >= $3 AND is_late) AS late,
          count(*) FILTER (WHERE instant >= $3 AND is_valid) AS valid,
          ${ms('min(instant) FILTER (WHERE instant >= $3)')} AS first,
          ${ms('max(instant)  FILTER (WHERE instant >= $3)')} AS last,
          ${ms('max(instant) FILTER (WHERE instant < $3)')} AS before,
          coalesce(jsonb_agg(jsonb_build_array(${ms('previous')}, ${ms('instant')}) ORDER BY instant)
                   FILTER (WHERE previous >= $3 AND instant > previous + apart_ms * interval '1 ms'), '[]') AS apart
   FROM step GROUP BY parameter`,
);
