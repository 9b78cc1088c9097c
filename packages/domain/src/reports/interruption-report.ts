import type { Station } from '@envigate/contracts';
import {
  gapRulesOf,
  isHigher,
  seriesKey,
  seriesOf,
  type GapKind,
  type GapLevel,
} from '../gaps/gap-rules.ts';
import { gapRecordOf, type GapRecord } from '../gap-records/gap-record.ts';
import { countMissing, missingInstants } from '../gaps/missing-instants.ts';
import type { TakenOut } from '../gaps/station-gaps.ts';
import {
  intersect,
  isStopOf,
  subtract,
  totalLength,
  type NotTheStations,
  type Stretch,
} from '../gaps/stretches.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { reportStationOf, type ReportQuestion, type ReportStation } from './report-question.ts';

/**
 * Interruptions of the transmission in a period, as pure data: what they were, what of them counts, what persons stated
 * of them, who was notified. Instants are UTC; hours are hours of real time, with fractions. What is "of the period"
 * is the part that lies in it.
 */
export interface InterruptionReport {
  readonly question: InterruptionQuestion;
  /** An open gap lasts up to here. */
  readonly madeAt: Date;
  /** By facility and station, as the registry is ordered for reports; of a station by their beginning. */
  readonly rows: readonly InterruptionRow[];
  /** Of each kind of series that has rows. */
  readonly totals: readonly InterruptionTotal[];
}

export interface InterruptionQuestion extends ReportQuestion {
  /** This level or a higher one. */
  readonly level: GapLevel;
  /** Those of single parameters too, and those without valid values. */
  readonly withParameters: boolean;
}

export interface InterruptionRow {
  readonly gapId: number;
  readonly station: ReportStation;
  /** Undefined: of the station. */
  readonly parameter: string | undefined;
  readonly kind: GapKind;
  readonly level: GapLevel;
  /** Last reading before, first reading after; undefined while the gap is open. */
  readonly from: Date;
  readonly to: Date | undefined;
  readonly grossHours: number;
  /** What of it counts: without planned stops, outages of the gateway, and other gaps. */
  readonly netHours: number;
  /** The same of the part in the period. */
  readonly periodGrossHours: number;
  readonly periodNetHours: number;
  readonly takenOut: readonly TakenOut[];
  readonly isProbablyOurs: boolean;
  /** Of the period: instants that were expected, without planned stops, and those that did not come up to now. */
  readonly expected: number;
  readonly missing: number;
  /** What persons stated of it. */
  readonly record: GapRecord;
  readonly notices: readonly InterruptionNotice[];
  readonly closedBy: { readonly name: string | undefined; readonly at: Date } | undefined;
}

/** A mail about the gap that was sent. */
export interface InterruptionNotice {
  /** GD-2026-000123. */
  readonly code: string;
  readonly sentAt: Date;
  /** Name of the recipient as entered, never the address; undefined where none was entered. */
  readonly recipient: string | undefined;
  /** office, ministry, or the facility's code behind `facility:`. */
  readonly audience: string;
}

export interface InterruptionTotal {
  readonly kind: GapKind;
  readonly isOfParameters: boolean;
  readonly stations: number;
  readonly gaps: number;
  readonly open: number;
  /** By their level now. */
  readonly over1h: number;
  readonly over12h: number;
  /** Of the period. */
  readonly grossHours: number;
  readonly netHours: number;
  readonly expected: number;
  readonly missing: number;
}

/** A silence as it is kept; one without a level is not a gap, and explains those of parameters. */
export interface ReportedSilence extends Stretch {
  readonly gapId: number;
  readonly kind: GapKind;
  readonly parameter: string | undefined;
  readonly level: GapLevel | undefined;
  readonly outMs: number;
  readonly takenOut: readonly TakenOut[];
  readonly isProbablyOurs: boolean;
  readonly closedBy: InterruptionRow['closedBy'];
}

/** What the record has of one station. */
export interface InterruptionFacts {
  readonly station: Station;
  /** All that reach into the period. */
  readonly silences: readonly ReportedSilence[];
  readonly notTheStations: NotTheStations;
  /** The newest data of the station: up to there other series than all data are judged. */
  readonly newest: number | undefined;
  /** Of a gap without valid values: how many instants with data it has in the period. */
  readonly receivedIn: ReadonlyMap<number, number>;
  readonly records: ReadonlyMap<number, GapRecord>;
  /** Mails that were sent, by the code of their notice. */
  readonly mails: ReadonlyMap<string, readonly InterruptionNotice[]>;
}

const hourMs = 3_600_000;

/** Whether a silence has a row in the report. */
export function isReported(
  { level, kind, parameter }: Pick<ReportedSilence, 'level' | 'kind' | 'parameter'>,
  question: Pick<InterruptionQuestion, 'level' | 'withParameters'>,
): boolean {
  if (level === undefined || isHigher(question.level, level)) return false;
  return question.withParameters || (kind === 'transmission' && parameter === undefined);
}

export function buildInterruptionReport(
  question: InterruptionQuestion,
  facts: readonly InterruptionFacts[],
  view: RegistryView,
  madeAt: Date,
): InterruptionReport {
  const rows = facts.flatMap((ofStation) => rowsOf(ofStation, question, view, madeAt));
  return { question, madeAt, rows, totals: totalsOf(rows) };
}

function rowsOf(
  facts: InterruptionFacts,
  question: InterruptionQuestion,
  view: RegistryView,
  madeAt: Date,
): readonly InterruptionRow[] {
  const station = reportStationOf(facts.station, view);
  const period = { from: question.from.getTime(), to: question.to.getTime() };
  return facts.silences
    .filter((silence) => isReported(silence, question))
    .sort((a, b) => a.from - b.from || a.gapId - b.gapId)
    .map((silence): InterruptionRow => {
      const { gapId, parameter, kind, from, to, level, outMs, takenOut, closedBy } = silence;
      const end = endOf(silence, facts, madeAt);
      const record = facts.records.get(gapId) ?? gapRecordOf([], []);
      const gross = end - from;
      const whole = intersect([{ from, to: end }], [period]);
      return {
        ...{ gapId, station, parameter, kind, level: level ?? '15min' },
        ...{ from: new Date(from), to: to === undefined ? undefined : new Date(to) },
        grossHours: gross / hourMs,
        netHours: Math.max(0, gross - outMs) / hourMs,
        periodGrossHours: totalLength(whole) / hourMs,
        periodNetHours: totalLength(subtract(whole, notCounted(silence, facts))) / hourMs,
        ...{ takenOut, isProbablyOurs: silence.isProbablyOurs },
        ...countFiles(silence, { facts, period, end, view }),
        record,
        notices: record.notices.flatMap(({ code }) => facts.mails.get(code) ?? []),
        closedBy,
      };
    });
}

/** Of a parameter, and of valid values, only data show that they are missing. */
function endOf(
  { kind, parameter, from, to }: ReportedSilence,
  { newest }: InterruptionFacts,
  madeAt: Date,
): number {
  if (to !== undefined) return to;
  const isOfStation = kind === 'transmission' && parameter === undefined;
  return Math.max(from, isOfStation ? madeAt.getTime() : (newest ?? madeAt.getTime()));
}

/** The time of a station that does not count for a series of it. */
function notCounted(silence: ReportedSilence, facts: InterruptionFacts): readonly Stretch[] {
  const { plannedStops, notHeard } = facts.notTheStations;
  const { kind, parameter } = silence;
  const key = seriesKey(kind, parameter);
  const series = seriesOf(parameter === undefined ? [] : [parameter]).find(
    (one) => one.key === key,
  );
  const parents = new Set(series?.parents.map((parent) => parent.key));
  return [
    ...plannedStops.filter((stop) => isStopOf(stop, parameter)),
    ...notHeard,
    ...facts.silences.filter((other) => parents.has(seriesKey(other.kind, other.parameter))),
  ];
}

interface CountingParts {
  readonly facts: InterruptionFacts;
  readonly period: { readonly from: number; readonly to: number };
  readonly end: number;
  readonly view: RegistryView;
}

/** Within a gap nothing came, but for data without a valid value. */
function countFiles(
  { gapId, parameter, from, kind }: ReportedSilence,
  { facts, period, end, view }: CountingParts,
): Pick<InterruptionRow, 'expected' | 'missing'> {
  const rules = gapRulesOf(view, facts.station.code, 0);
  const within = { from: Math.max(from, period.from), to: Math.min(end, period.to) };
  const presence = {
    ...{ received: 0, late: 0, apart: [], before: from, last: undefined },
    // The instant that ends a gap is not one that is missing.
    first: end <= period.to ? end : undefined,
  };
  const stops = facts.notTheStations.plannedStops.filter((stop) => isStopOf(stop, parameter));
  const expected = countMissing(missingInstants(rules, parameter, { within, presence, stops }));
  const received = kind === 'no-valid-data' ? (facts.receivedIn.get(gapId) ?? 0) : 0;
  return { expected: Math.max(expected, received), missing: Math.max(0, expected - received) };
}

function totalsOf(rows: readonly InterruptionRow[]): readonly InterruptionTotal[] {
  const kinds: readonly GapKind[] = ['transmission', 'no-valid-data'];
  return kinds.flatMap((kind) =>
    [false, true].flatMap((isOfParameters): InterruptionTotal[] => {
      const of = rows.filter(
        (row) => row.kind === kind && (row.parameter !== undefined) === isOfParameters,
      );
      if (of.length === 0) return [];
      const sum = (valueOf: (row: InterruptionRow) => number): number =>
        of.reduce((total, row) => total + valueOf(row), 0);
      return [
        {
          ...{ kind, isOfParameters, gaps: of.length },
          stations: new Set(of.map(({ station }) => station.code)).size,
          open: sum(({ to }) => Number(to === undefined)),
          over1h: sum(({ level }) => Number(!isHigher('1h', level))),
          over12h: sum(({ level }) => Number(level === '12h')),
          grossHours: sum((row) => row.periodGrossHours),
          netHours: sum((row) => row.periodNetHours),
          expected: sum((row) => row.expected),
          missing: sum((row) => row.missing),
        },
      ];
    }),
  );
}
