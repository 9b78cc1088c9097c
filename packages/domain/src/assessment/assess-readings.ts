import type { RegistryView } from '../registry/registry-view.ts';
import { stretchesOf, type AssessableReading, type Stretch } from './stretches.ts';
import {
  dependentParameters,
  flatLine,
  rateOfChange,
  saturation,
  spike,
  type Finding,
  type Measuring,
} from './rules-over-time.ts';
import {
  dependentParametersRulesOf,
  measuringOf,
  seriesRulesOf,
  type ReadingRule,
  type SeriesRule,
} from './rules-of-station.ts';
import type { SeriesReason } from '../reasons/reasons.ts';
import { groupBy } from '../values/group-by.ts';

/**
 * What the registry's rules over time say about readings of one station, in whatever order they
 * come: a verdict for each that a rule marks, by instant and parameter. A reading is judged right
 * where all readings within the rules' reach are given too; see spanToJudge.
 */
export function assessReadings(
  view: RegistryView,
  stationCode: string,
  readings: readonly AssessableReading[],
): readonly Verdict[] {
  const station = view.stations.get(stationCode);
  if (station === undefined) return [];
  const found = new Map<AssessableReading, { rule: ReadingRule; finding: Finding }[]>();
  const note = (rule: ReadingRule, findings: readonly Finding[]): void => {
    for (const finding of findings) {
      const known = found.get(finding.reading);
      if (known === undefined) found.set(finding.reading, [{ rule, finding }]);
      else known.push({ rule, finding });
    }
  };

  for (const [parameter, series] of groupBy(readings, (reading) => reading.parameter)) {
    const rules = seriesRulesOf(view, station, parameter);
    if (rules.length === 0) continue;
    const measuring = measuringOf(view, station, parameter);
    const stretches = stretchesOf(series.toSorted((a, b) => a.instant - b.instant));
    for (const rule of rules)
      for (const stretch of stretches) note(rule, applyRule(rule, stretch, measuring));
  }
  const dependencies = dependentParametersRulesOf(view, station);
  if (dependencies.length > 0) {
    for (const [, same] of groupBy(readings, (reading) => reading.instant)) {
      const byParameter = new Map(same.map((reading) => [reading.parameter, reading]));
      for (const rule of dependencies) note(rule, dependentParameters(rule, byParameter));
    }
  }
  return Array.from(found, ([reading, marks]) => verdictOf(reading, marks)).sort(byPlace);
}

function applyRule(rule: SeriesRule, stretch: Stretch, measuring: Measuring): readonly Finding[] {
  switch (rule.kind) {
    case 'flat-line':
      return flatLine(rule, stretch, measuring);
    case 'spike':
      return spike(rule, stretch, measuring);
    case 'rate-of-change':
      return rateOfChange(rule, stretch, measuring);
    case 'saturation':
      return saturation(rule, stretch, measuring);
  }
}

function verdictOf(
  { parameter, instant, revision }: AssessableReading,
  marks: readonly { readonly rule: ReadingRule; readonly finding: Finding }[],
): Verdict {
  const sorted = marks.toSorted((a, b) => (a.rule.code < b.rule.code ? -1 : 1));
  return {
    ...{ parameter, instant, revision },
    flag: marks.some(({ finding }) => finding.flag === 4) ? 4 : 3,
    reasons: sorted.map(({ rule, finding }) => reasonOverTime(rule, finding.threshold)),
  };
}

function byPlace(a: Verdict, b: Verdict): number {
  return a.instant - b.instant || (a.parameter < b.parameter ? -1 : 1);
}

/** `flat-line@3[flat-cod: 180 min]`: kind and version of the rule, its code, what decided. */
function reasonOverTime({ kind, version, code }: ReadingRule, threshold: string): string {
  const reason: SeriesReason = kind;
  return `${reason}@${version}[${code}: ${threshold}]`;
}

/** Code and version of the rule that gave a stored reason: `flat-cod@3`. */
export function ruleOfReason(stored: string): string | undefined {
  const [, version, code] = /^[a-z-]+@(\d+)\[([^:\]]+): /.exec(stored) ?? [];
  return version === undefined || code === undefined ? undefined : `${code}@${version}`;
}

/** What rules over time found about one reading. */
export interface Verdict {
  readonly parameter: string;
  readonly instant: number;
  /** The revision that was judged. */
  readonly revision: number;
  /** 3 suspect, 4 bad: the worst of its reasons. */
  readonly flag: 3 | 4;
  /** Stored form, by rule code. */
  readonly reasons: readonly string[];
}

/** One reading whose verdict is not what it was; null: none. Never both null. */
export interface VerdictChange {
  readonly before: Verdict | null;
  readonly after: Verdict | null;
}

/** In no particular order; equal verdicts are left out. */
export function diffVerdicts(
  before: readonly Verdict[],
  after: readonly Verdict[],
): readonly VerdictChange[] {
  const place = ({ parameter, instant }: Verdict): string => `${instant} ${parameter}`;
  const old = new Map(before.map((verdict) => [place(verdict), verdict]));
  const changes = after.flatMap((verdict): readonly VerdictChange[] => {
    const known = old.get(place(verdict)) ?? null;
    old.delete(place(verdict));
    return known !== null && isSame(known, verdict) ? [] : [{ before: known, after: verdict }];
  });
  const withdrawn = Array.from(old.values(), (verdict) => ({ before: verdict, after: null }));
  return [...changes, ...withdrawn];
}

function isSame(a: Verdict, b: Verdict): boolean {
  return (
    a.flag === b.flag && a.revision === b.revision && a.reasons.join('\0') === b.reasons.join('\0')
  );
}
