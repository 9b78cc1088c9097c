import { cycleMinutesOf, intervalMinutesOf, type RegistryView } from '../registry/registry-view.ts';
import { gapLevelsRuleOf } from '../assessment/rules-of-station.ts';
import { defaultGapMinutes } from '../assessment/rules-over-time.ts';

export type GapKind = 'transmission' | 'no-valid-data';
/** From the lowest on. */
export const gapLevels = ['15min', '1h', '12h'] as const;
export type GapLevel = (typeof gapLevels)[number];

/** Names a series among those of its station. */
export type SeriesKey = string;

export interface SeriesName {
  readonly key: SeriesKey;
  readonly kind: GapKind;
  /** Undefined: of the station. */
  readonly parameter: string | undefined;
}

/**
 * Instants of one kind at a station: of any data, of any valid value, of any data of a parameter, or of
 * its valid values. A silence is what lies between two that follow each other.
 */
export interface Series extends SeriesName {
  /** Series whose silences explain those of this one: they are gaps of their own. */
  readonly parents: readonly Series[];
}

/** Every reading is a sign of life of its station, whatever its value and status. */
export const allData = series('transmission', undefined, []);
export const allValid = series('no-valid-data', undefined, [allData]);

/** Parents before children. */
export function seriesOf(parameters: Iterable<string>): readonly Series[] {
  const ofParameters = [...parameters].flatMap((parameter) => {
    const data = series('transmission', parameter, [allData]);
    return [data, series('no-valid-data', parameter, [allData, allValid, data])];
  });
  return [allData, allValid, ...ofParameters];
}

export function seriesKey(kind: GapKind, parameter: string | undefined): SeriesKey {
  return parameter === undefined ? kind : `${kind}/${parameter}`;
}

/** The inverse of `seriesKey`. */
export function seriesNamed(key: SeriesKey): SeriesName {
  const [kind, parameter] = key.split(/\/(.*)/s);
  return { key, kind: kind as GapKind, parameter };
}

function series(kind: GapKind, parameter: string | undefined, parents: readonly Series[]): Series {
  return { key: seriesKey(kind, parameter), kind, parameter, parents };
}

/** How the silences of a station are judged. Milliseconds. */
export interface GapRules {
  /** Nothing before it counts, and from it on the station is expected to send. */
  readonly startsAt: number | undefined;
  /** Expected time between two files, in order of `from`; the first holds from the beginning. */
  readonly intervals: readonly { readonly from: number; readonly ms: number }[];
  /** How much longer than the interval a silence may be. */
  readonly grace: number;
  /** From which net length on a gap has the level; below both it has the lowest. */
  readonly levels: { readonly '1h': number; readonly '12h': number };
  /** What the station is expected to measure, and how often at most. */
  readonly parameters: ReadonlyMap<string, { readonly cycle: number }>;
  /** Of the station and its parameters, parents before children. */
  readonly series: readonly Series[];
}

const minute = 60_000;

/** Of a station, known to the registry or not: data of a station just removed still have an interval. */
export function gapRulesOf(view: RegistryView, code: string, graceMinutes: number): GapRules {
  const station = view.stations.get(code);
  const own = station && gapLevelsRuleOf(view, station);
  const changes = (station?.intervalChanges ?? [])
    .map(({ from, minutes }) => ({ from: Date.parse(from), ms: minutes * minute }))
    .sort((a, b) => a.from - b.from);
  const base = intervalMinutesOf(station) * minute;
  const parameters = new Map(
    station?.parameters?.map((own) => [
      own.parameter,
      { cycle: cycleMinutesOf(view, own) * minute },
    ]),
  );
  return {
    startsAt: station?.startsAt === undefined ? undefined : Date.parse(station.startsAt),
    intervals: [{ from: -Infinity, ms: base }, ...changes],
    grace: (own?.graceMinutes ?? graceMinutes) * minute,
    levels: {
      '1h': (own?.longMinutes ?? defaultGapMinutes.long) * minute,
      '12h': (own?.reportableMinutes ?? defaultGapMinutes.reportable) * minute,
    },
    parameters,
    series: seriesOf(parameters.keys()),
  };
}

/**
 * The longest silence over [from, to) that is no gap: where the interval changed meanwhile, the longest
 * one in force counts, so that a change of it makes no gap by itself.
 */
export function gapThreshold(rules: GapRules, series: Series, from: number, to: number): number {
  return threshold(rules, series, from, to, Math.max);
}

/**
 * The longest silence over [from, to) that is not kept. By the shortest interval in force: no part of
 * a silence that is not kept can be a gap, so that late data never need to look for it.
 */
export function keptThreshold(rules: GapRules, series: Series, from: number, to: number): number {
  return threshold(rules, series, from, to, Math.min);
}

/** How often the parameter is measured at most; 0: with every file, as any data of the station come. */
export function cycleOf(
  { parameters }: Pick<GapRules, 'parameters'>,
  parameter: string | undefined,
): number {
  return parameter === undefined ? 0 : (parameters.get(parameter)?.cycle ?? 0);
}

function threshold(
  rules: GapRules,
  { parameter }: Series,
  from: number,
  to: number,
  choose: (...lengths: number[]) => number,
): number {
  const { intervals, grace } = rules;
  const cycle = cycleOf(rules, parameter);
  const [only] = intervals;
  if (intervals.length === 1 && only !== undefined) return Math.max(only.ms, cycle) + grace;
  const inForce = intervals.filter(
    (interval, i) => interval.from < to && (intervals[i + 1]?.from ?? Infinity) > from,
  );
  return choose(...inForce.map(({ ms }) => Math.max(ms, cycle))) + grace;
}

/** The level of a gap of so many milliseconds net. */
export function gapLevel(net: number, { levels }: GapRules): GapLevel {
  if (net >= levels['12h']) return '12h';
  return net >= levels['1h'] ? '1h' : '15min';
}

export function isHigher(level: GapLevel, than: GapLevel): boolean {
  return gapLevels.indexOf(level) > gapLevels.indexOf(than);
}

/**
 * Whether a gap is likely to be ours. `oursMs`: what of its length the gateway could not have heard, or that lies in a
 * joint silence which nobody has decided about. Where that is half of it or more, the rest may well be ours too.
 */
export function isProbablyOurs(oursMs: number, grossMs: number): boolean {
  return oursMs > 0 && oursMs >= grossMs / 2;
}

/** The net length that lifts a gap to the next level; Infinity where there is none. */
export function nextLevelAt(level: GapLevel, { levels }: GapRules): number {
  switch (level) {
    case '15min':
      return Math.min(levels['1h'], levels['12h']);
    case '1h':
      return levels['12h'];
    case '12h':
      return Infinity;
  }
}
