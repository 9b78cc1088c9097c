import { allData, type GapRules, keptThreshold, type Series, type SeriesKey } from './gap-rules.ts';
import {
  type Coverage,
  coverageOf,
  type Heard,
  isSameTime,
  type SeriesEdit,
  type Silence,
  type StationCoverage,
  type StationState,
} from './station-gaps.ts';
import type { Stretch } from './stretches.ts';

/** What files brought of one station. */
export interface Arrival {
  /** Of each series the instants that came, in any order, known ones among them or not. */
  readonly instants: ReadonlyMap<SeriesKey, ReadonlySet<number>>;
  /**
   * When they were received. An open gap that old data only shorten stays open from the newest of
   * them, instead of being closed now and opened again at the next look.
   */
  readonly receivedAt: number;
}

/** A closed silence. */
type Closed = Stretch & { readonly to: number };

/** A series with its closed silences, as far as they are looked at. */
export interface KnownSeries {
  readonly coverage: Coverage | undefined;
  readonly silences: readonly Closed[];
}

export const unknownStation: StationState = {
  coverage: undefined,
  since: -Infinity,
  followed: new Set(),
  apart: new Map(),
  silences: new Map(),
};

/**
 * A station that is expected from a time on and never sent. Its series begin there as if it had sent
 * then: what follows is silence.
 */
export function withExpectedStart(state: StationState, rules: GapRules): StationState {
  const { startsAt } = rules;
  if (state.coverage !== undefined || startsAt === undefined) return state;
  return { ...state, coverage: { first: startsAt, last: startsAt }, followed: undefined };
}

/**
 * What data make of a station's series: they extend their coverage, and split, shrink and end silences.
 * However arrivals are ordered and cut, closed silences end as those of the sorted instants.
 */
export function hear(before: StationState, arrival: Arrival, rules: GapRules): Heard {
  const known = withExpectedStart(before, rules);
  const editing = new Editing(known, rules);
  const { startsAt = -Infinity } = rules;
  const all = sortedFrom(arrival.instants.get(allData.key), startsAt);
  editing.set(allData, applyInstants(knownSeries(known, allData, rules), all, allData, rules));
  for (const series of rules.series) {
    if (series === allData) continue;
    const given = arrival.instants.get(series.key);
    // Its instants are some of all instants: as many are the same.
    const isWithAll =
      given?.size === arrival.instants.get(allData.key)?.size && (all[0] ?? 0) >= known.since;
    if (isWithAll && followsAll(known, series)) continue;
    const instants = sortedFrom(given, Math.max(startsAt, known.since));
    editing.set(series, applyInstants(knownSeries(known, series, rules), instants, series, rules));
  }
  const { station, edits } = editing.result();
  const now = arrival.receivedAt;
  return { before, station, edits, now, mayOpen: false, isCorrection: false };
}

/** It begins and ends with all data, and nothing is known of it that is not theirs. */
function followsAll(state: StationState, series: Series): boolean {
  return (
    state.coverage !== undefined &&
    coverageOf(state, series) === state.coverage &&
    state.silences.get(series.key) === undefined
  );
}

/**
 * Of a series: its stored silences, and those of all data in its coverage that are long enough to be kept
 * for it.
 */
export function knownSeries(state: StationState, series: Series, rules: GapRules): KnownSeries {
  const coverage = coverageOf(state, series);
  const own = closedOf(state.silences.get(series.key));
  if (series === allData || coverage === undefined) return { coverage, silences: own };
  const implied = closedOf(state.silences.get(allData.key)).filter(
    ({ from, to }) =>
      from >= Math.max(coverage.first, state.since) &&
      to <= coverage.last &&
      to - from > keptThreshold(rules, series, from, to) &&
      !own.some((one) => one.from <= from && to <= one.to),
  );
  const silences = [...own, ...implied].sort((a, b) => a.from - b.from);
  return { coverage, silences };
}

function closedOf(silences: readonly Silence[] = []): readonly Closed[] {
  return silences.flatMap(({ from, to }) => (to === undefined ? [] : [{ from, to }]));
}

function sortedFrom(instants: ReadonlySet<number> | undefined, from: number): readonly number[] {
  return Array.from(instants ?? [])
    .filter((instant) => instant >= from)
    .sort((a, b) => a - b);
}

function applyInstants(
  known: KnownSeries,
  instants: readonly number[],
  series: Series,
  rules: GapRules,
): KnownSeries {
  const [earliest, latest] = [instants[0], instants.at(-1)];
  if (earliest === undefined || latest === undefined) return known;
  const { coverage } = known;
  const kept = (points: readonly number[]): Closed[] => silencesBetween(points, series, rules);
  if (coverage === undefined)
    return { coverage: { first: earliest, last: latest }, silences: kept(instants) };
  const { first, last } = coverage;
  const silences = [
    ...kept([...instants.filter((instant) => instant < first), first]),
    ...known.silences.flatMap((silence) => {
      const inside = instants.filter((i) => i > silence.from && i < silence.to);
      return inside.length === 0 ? [silence] : kept([silence.from, ...inside, silence.to]);
    }),
    ...kept([last, ...instants.filter((instant) => instant > last)]),
  ];
  return { coverage: { first: Math.min(first, earliest), last: Math.max(last, latest) }, silences };
}

/** Silences between instants in order that are long enough to be kept. */
export function silencesBetween(
  instants: readonly number[],
  series: Series,
  rules: GapRules,
): Closed[] {
  return instants.flatMap((to, i) => {
    const from = instants[i - 1];
    if (from === undefined || to - from <= keptThreshold(rules, series, from, to)) return [];
    return [{ from, to }];
  });
}

/** Collects what became of the series of a station; of all data first. Those not named stay as they are. */
export class Editing {
  readonly #state: StationState;
  readonly #rules: GapRules;
  readonly #edits = new Map<SeriesKey, SeriesEdit>();
  readonly #coverages = new Map<Series, Coverage | undefined>();
  #ofStation: readonly Closed[] = [];

  constructor(state: StationState, rules: GapRules) {
    [this.#state, this.#rules] = [state, rules];
  }

  /** `now`: all closed silences of those that `knownSeries` gave, and new ones. */
  set(series: Series, now: KnownSeries): void {
    this.#coverages.set(series, now.coverage);
    if (series === allData) this.#ofStation = now.silences;
    const stored = this.#state.silences.get(series.key) ?? [];
    // A silence that is the station's is not stored again.
    const wanted = now.silences.filter(
      (one) => series === allData || !this.#ofStation.some((other) => isSameTime(one, other)),
    );
    const replaced = stored.filter(
      (one) => one.to !== undefined && !wanted.some((other) => isSameTime(one, other)),
    );
    const pieces = wanted.filter((one) => !stored.some((other) => isSameTime(one, other)));
    if (replaced.length + pieces.length > 0) this.#edits.set(series.key, { replaced, pieces });
  }

  result(): {
    readonly station: StationCoverage;
    readonly edits: ReadonlyMap<SeriesKey, SeriesEdit>;
  } {
    const coverage = this.#coverages.has(allData)
      ? this.#coverages.get(allData)
      : this.#state.coverage;
    const apart = new Map<SeriesKey, Coverage | undefined>();
    for (const series of this.#rules.series) {
      if (series === allData) continue;
      const own = this.#coverages.has(series)
        ? this.#coverages.get(series)
        : followedCoverage(this.#state, series, coverage);
      if (own?.first !== coverage?.first || own?.last !== coverage?.last)
        apart.set(series.key, own);
    }
    const followed = new Set(this.#rules.parameters.keys());
    const station = { coverage, since: this.#state.since, followed, apart };
    return { station, edits: this.#edits };
  }
}

/** Of a series that nothing is said of: it goes on with all data, where it did. */
function followedCoverage(
  state: StationState,
  series: Series,
  coverage: Coverage | undefined,
): Coverage | undefined {
  const own = coverageOf(state, series);
  return own === state.coverage ? coverage : own;
}
