import type { DependentParametersRule, Rule, Station } from '@envigate/contracts';
import { indexOf } from '../registry/registry-index.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { minuteMs, type Measuring } from './rules-over-time.ts';

/** Rules about one parameter's values; the others compare parameters with each other. */
export type SeriesRule = Exclude<Rule, DependentParametersRule>;

const defaultIntervalMinutes = 5;

/** The rules that count for a parameter at a station: of each kind the most particular, or none. */
export function seriesRulesOf(
  view: RegistryView,
  station: Station,
  parameter: string,
): readonly SeriesRule[] {
  const chosen = new Map<Rule['kind'], SeriesRule>();
  for (const rule of view.rules) {
    if (rule.kind === 'dependent-parameters' || !isAbout(rule, station)) continue;
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

export function measuringOf(view: RegistryView, station: Station, parameter: string): Measuring {
  const measured = indexOf(view).station(station).measured(parameter);
  const { min, max } = measured ?? { min: -Infinity, max: Infinity };
  const own = station.parameters?.find((item) => item.parameter === parameter);
  const cycleMinutes = own?.cycleMinutes ?? view.parameters.get(parameter)?.cycleMinutes ?? 0;
  return {
    intervalMs: (station.intervalMinutes ?? defaultIntervalMinutes) * minuteMs,
    cycleMs: cycleMinutes * minuteMs,
    range: Number.isFinite(max - min) ? { min, max } : undefined,
  };
}

function isAbout({ stations, stationKinds }: Rule, { code, kind }: Station): boolean {
  return stations?.includes(code) !== false && stationKinds?.includes(kind) !== false;
}

function isMoreParticular(rule: SeriesRule, rival: SeriesRule): boolean {
  const [one, other] = [particularity(rule), particularity(rival)];
  return one > other || (one === other && rule.code < rival.code);
}

function particularity({ stations, parameters, stationKinds }: SeriesRule): number {
  return (
    (stations === undefined ? 0 : 4) +
    (parameters === undefined ? 0 : 2) +
    (stationKinds === undefined ? 0 : 1)
  );
}
