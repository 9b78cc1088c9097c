import type { RegistryView } from '../registry/registry-view.ts';
import {
  reachOfFlatLine,
  reachOfRateOfChange,
  reachOfSaturation,
  reachOfSpike,
  type Measuring,
} from './rules-over-time.ts';
import { measuringOf, seriesRulesOf, type SeriesRule } from './rules-of-station.ts';

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
