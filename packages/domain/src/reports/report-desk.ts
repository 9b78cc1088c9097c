import type { InterruptionQuestion, InterruptionReport } from './interruption-report.ts';
import type { ReportQuestion, ReportRefusal } from './report-question.ts';
import type { StationCondition } from './station-states.ts';
import type { CountedSeries, TransmissionReport } from './transmission-report.ts';
import type { MissingRange } from '../gaps/missing-instants.ts';

export interface MissingQuestion {
  readonly station: string;
  /** Undefined: the station, and each parameter that it is expected to measure. */
  readonly parameter: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** Of a series of a station: what came, and which instants did not, in order. */
export interface MissingOfSeries extends CountedSeries {
  readonly ranges: readonly MissingRange[];
}

/** Reports and what they are made of, from the record and the registry as they are now. Reads only. */
export interface ReportDesk {
  interruptions(question: InterruptionQuestion): Promise<InterruptionReport | ReportRefusal>;
  transmission(question: ReportQuestion): Promise<TransmissionReport | ReportRefusal>;
  /** All stations of the scope, whatever their state. */
  stationConditions(
    scope: ReportQuestion['scope'],
  ): Promise<readonly StationCondition[] | ReportRefusal>;
  missing(question: MissingQuestion): Promise<readonly MissingOfSeries[] | ReportRefusal>;
}

export function isRefused(outcome: object): outcome is ReportRefusal {
  return 'text' in outcome && 'kind' in outcome;
}
