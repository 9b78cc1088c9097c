import type { GapLevel } from '../gaps/gap-rules.ts';
import type { InterruptionReport, InterruptionRow } from './interruption-report.ts';
import type { ReportQuestion } from './report-question.ts';
import { isDisconnected, type StationCondition } from './station-states.ts';

/**
 * Running state and transmission of stations in a period, as QĐ 2530/QĐ-TTg of 19/11/2025 asks of each province
 * ("periodic report on running state and transmission, with violations"). It prescribes no form: the columns are ours.
 * Counts are of instants, shares from 0 to 1, hours of real time; the period is on the clock that asked.
 */
export interface TransmissionReport {
  readonly question: ReportQuestion;
  readonly policy: TransmissionPolicy;
  readonly madeAt: Date;
  readonly stations: readonly StationTransmission[];
  readonly parameters: readonly ParameterTransmission[];
  /** Interruptions of stations of an hour or more that reach into the period. */
  readonly interruptions: readonly InterruptionRow[];
  /** Unconnected, lost and stopped stations, when the report was made. */
  readonly disconnected: readonly StationCondition[];
  /** Of all stations. */
  readonly total: TransmissionCounts & { readonly stations: number };
}

/** What the office decided to look at; no text of law that we know sets these. */
export interface TransmissionPolicy {
  /** Share of the expected data below which a station is to be examined, 0 to 1. */
  readonly leastShare: number;
  readonly lostAfterHours: number;
}

export interface TransmissionCounts {
  readonly expected: number;
  /** Each instant once, late ones too. */
  readonly received: number;
  /** Of these, those that came later than a silence may last. */
  readonly late: number;
  /** Of these, those with a valid value. */
  readonly valid: number;
  readonly missing: number;
}

export interface StationTransmission extends TransmissionCounts {
  readonly condition: StationCondition;
  /** Interruptions that reach into the period, of this level or higher. */
  readonly gaps: Readonly<Record<GapLevel, number>>;
  /** What of them counts and lies in the period. */
  readonly gapHours: number;
  readonly toExamine: readonly Examination[];
}

export interface ParameterTransmission extends TransmissionCounts {
  readonly station: StationCondition['station'];
  readonly parameter: string;
}

/** Why a person should look at a station. A violation is the finding of an inspection, never of a program. */
export type Examination =
  | { readonly code: 'over-12h'; readonly gaps: number }
  | { readonly code: 'low-share'; readonly share: number; readonly least: number }
  | { readonly code: 'never-sent' }
  | { readonly code: 'lost' };

/** What was counted of a series of a station. */
export interface CountedSeries extends TransmissionCounts {
  readonly parameter: string | undefined;
}

export interface TransmissionFacts {
  readonly condition: StationCondition;
  /** Of the station, and of each parameter that it is expected to measure. */
  readonly series: readonly CountedSeries[];
}

export function buildTransmissionReport(
  question: ReportQuestion,
  facts: readonly TransmissionFacts[],
  interruptions: InterruptionReport,
  policy: TransmissionPolicy,
): TransmissionReport {
  const stations = facts.map((ofStation) =>
    stationOf(
      ofStation,
      interruptions.rows.filter(({ station }) => station.code === ofStation.condition.station.code),
      policy,
    ),
  );
  return {
    ...{ question, policy, madeAt: interruptions.madeAt, stations },
    parameters: facts.flatMap(({ condition, series }) =>
      series.flatMap(({ parameter, ...counts }) =>
        parameter === undefined ? [] : [{ station: condition.station, parameter, ...counts }],
      ),
    ),
    interruptions: interruptions.rows.filter(({ level }) => level !== '15min'),
    disconnected: facts.map(({ condition }) => condition).filter(isDisconnected),
    total: { stations: stations.length, ...sumOf(stations) },
  };
}

/** Received of expected, 0 to 1; undefined where nothing was expected. */
export function shareOf({ received, expected }: TransmissionCounts): number | undefined {
  return expected === 0 ? undefined : Math.min(1, received / expected);
}

/** Valid of received, 0 to 1; undefined where nothing was received. */
export function validShareOf({ valid, received }: TransmissionCounts): number | undefined {
  return received === 0 ? undefined : valid / received;
}

function stationOf(
  { condition, series }: TransmissionFacts,
  gaps: readonly InterruptionRow[],
  policy: TransmissionPolicy,
): StationTransmission {
  const counts = series.find(({ parameter }) => parameter === undefined) ?? nothing;
  const { expected, received, late, valid, missing } = counts;
  const over12h = gaps.filter(({ level }) => level === '12h').length;
  const over1h = gaps.filter(({ level }) => level !== '15min').length;
  const share = shareOf(counts);
  const { leastShare } = policy;
  return {
    ...{ condition, expected, received, late, valid, missing },
    gaps: { '15min': gaps.length, '1h': over1h, '12h': over12h },
    gapHours: gaps.reduce((sum, { periodNetHours }) => sum + periodNetHours, 0),
    toExamine: [
      ...(condition.state === 'never-sent' ? [{ code: 'never-sent' } as const] : []),
      ...(condition.state === 'lost' ? [{ code: 'lost' } as const] : []),
      ...(over12h > 0 ? [{ code: 'over-12h', gaps: over12h } as const] : []),
      ...(share !== undefined && share < leastShare
        ? [{ code: 'low-share', share, least: leastShare } as const]
        : []),
    ],
  };
}

const nothing: TransmissionCounts = { expected: 0, received: 0, late: 0, valid: 0, missing: 0 };

function sumOf(counts: readonly TransmissionCounts[]): TransmissionCounts {
  return counts.reduce(
    (sum, one) => ({
      expected: sum.expected + one.expected,
      received: sum.received + one.received,
      late: sum.late + one.late,
      valid: sum.valid + one.valid,
      missing: sum.missing + one.missing,
    }),
    nothing,
  );
}
