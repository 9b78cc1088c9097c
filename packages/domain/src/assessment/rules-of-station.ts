import type { DependentParametersRule, GapLevelsRule, Rule, Station } from '@envigate/contracts';
import {
  cycleMinutesOf,
  indexOf,
  intervalMinutesOf,
  type RegistryView,
} from '../registry/registry-view.ts';
import {
  minuteMs,
  type Measuring,
  reachOfFlatLine,
  reachOfRateOfChange,
  reachOfSaturation,
  reachOfSpike,
} from './rules-over-time.ts';

/** Rules that judge readings. */
export type ReadingRule = Exclude<Rule, GapLevelsRule>;
/** Rules about one parameter's values; the others compare parameters with each other. */
export type SeriesRule = Exclude<ReadingRule, DependentParametersRule>;

/** The rules that count for a parameter at a station: of each kind the most particular, or none. */
export function seriesRulesOf(
  view: RegistryView,
  station: Station,
  parameter: string,
): readonly SeriesRule[] {
  const chosen = new Map<Rule['kind'], SeriesRule>();
  for (const rule of view.rules) {
    if (rule.kind === 'dependent-parameters' || rule.kind === 'gap-levels') continue;
    if (!isAbout(rule, station)) continue;
    if (rule.parameters !== undefined && !rule.parameters.includes(parameter)) continue;
    const rival = chosen.get(rule.kind);
    if (rival === undefined || isMoreParticular(rule, rival)) chosen.set(rule.kind, rule);
  }
  return [...chosen.values()].filter(({ disabled }) => disabled !== true);
}

/** Each of them counts by itself. */
export function dependentParametersRulesOf(
  view: RegistryView,
  station: Station,
): readonly DependentParametersRule[] {
  return view.rules.flatMap((rule) =>
    rule.kind === 'dependent-parameters' && rule.disabled !== true && isAbout(rule, station)
      ? [rule]
      : [],
  );
}

/** How long gaps of a station are: of such rules the most particular, or none. */
export function gapLevelsRuleOf(view: RegistryView, station: Station): GapLevelsRule | undefined {
  let chosen: GapLevelsRule | undefined;
  for (const rule of view.rules) {
    if (rule.kind !== 'gap-levels' || !isAbout(rule, station)) continue;
    if (chosen === undefined || isMoreParticular(rule, chosen)) chosen = rule;
  }
  return chosen?.disabled === true ? undefined : chosen;
}

export function measuringOf(view: RegistryView, station: Station, parameter: string): Measuring {
  const measured = indexOf(view).station(station).measured(parameter);
  const { min, max } = measured ?? { min: -Infinity, max: Infinity };
  const own = station.parameters?.find((item) => item.parameter === parameter);
  return {
    intervalMs: intervalMinutesOf(station) * minuteMs,
    cycleMs: cycleMinutesOf(view, { parameter, ...own }) * minuteMs,
    range: Number.isFinite(max - min) ? { min, max } : undefined,
  };
}

function isAbout({ stations, stationKinds }: Rule, { code, kind }: Station): boolean {
  return stations?.includes(code) !== false && stationKinds?.includes(kind) !== false;
}

function isMoreParticular(rule: Selecting, rival: Selecting): boolean {
  const [one, other] = [particularity(rule), particularity(rival)];
  return one > other || (one === other && rule.code < rival.code);
}

interface Selecting extends Pick<Rule, 'code' | 'stations' | 'stationKinds'> {
  readonly parameters?: readonly string[];
}

function particularity({ stations, parameters, stationKinds }: Selecting): number {
  return (
    (stations === undefined ? 0 : 4) +
    (parameters === undefined ? 0 : 2) +
    (stationKinds === undefined ? 0 : 1)
  );
}

/** Both ends belong to it; milliseconds since 1970 UTC. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How far before and after a reading others can lie that decide about it, in milliseconds. */
export interface Reach {
  readonly back: number;
  readonly ahead: number;
}

const reaches = new WeakMap<RegistryView, Map<string, Reach>>();

/** The furthest of all rules and all parameters that the station may send. */
export function reachAt(view: RegistryView, stationCode: string): Reach {
  const known = reaches.get(view) ?? new Map<string, Reach>();
  reaches.set(view, known);
  const reach = known.get(stationCode) ?? furthest(view, stationCode);
  known.set(stationCode, reach);
  return reach;
}

/** Whose verdict may have changed where readings within `touched` have. */
export function spanToJudge(touched: Span, { back, ahead }: Reach): Span {
  return { from: touched.from - ahead, to: touched.to + back };
}

/** What must be looked at to judge what lies within a span. */
export function spanToRead(judged: Span, { back, ahead }: Reach): Span {
  return { from: judged.from - back, to: judged.to + ahead };
}

function furthest(view: RegistryView, stationCode: string): Reach {
  const station = view.stations.get(stationCode);
  let reach: Reach = { back: 0, ahead: 0 };
  if (station === undefined) return reach;
  for (const parameter of view.parameters.keys()) {
    const rules = seriesRulesOf(view, station, parameter);
    if (rules.length === 0) continue;
    const measuring = measuringOf(view, station, parameter);
    for (const rule of rules) {
      const { back, ahead } = reachOf(rule, measuring);
      reach = { back: Math.max(reach.back, back), ahead: Math.max(reach.ahead, ahead) };
    }
  }
  return reach;
}

function reachOf(rule: SeriesRule, measuring: Measuring): Reach {
  const bothWays = (reach: number): Reach => ({ back: reach, ahead: reach });
  switch (rule.kind) {
    case 'flat-line':
      return bothWays(reachOfFlatLine(rule, measuring));
    case 'spike':
      return bothWays(reachOfSpike(rule, measuring));
    case 'saturation':
      return bothWays(reachOfSaturation(rule, measuring));
    case 'rate-of-change':
      return { back: reachOfRateOfChange(rule, measuring), ahead: 0 };
  }
}
