import { allData, gapThreshold, type GapRules, type Series, type SeriesKey } from './gap-rules.ts';
import {
  Editing,
  knownSeries,
  type KnownSeries,
  silencesBetween,
  withExpectedStart,
} from './hear-data.ts';
import {
  type Coverage,
  type Heard,
  isOpenDue,
  isSameTime,
  type Silence,
  type Silences,
  type StationState,
} from './station-gaps.ts';

export interface Look {
  /** Everything received before this instant has been applied to the station. */
  readonly now: number;
  /**
   * Since when the gateway has been listening without a break. Before that nothing could be heard,
   * so a gap is opened only once the station has been silent for long enough after it.
   */
  readonly listeningSince: number;
  /** It is known otherwise now whose an open gap of the station may be: it is judged whatever its level. */
  readonly isAttributionDue?: boolean;
}

/**
 * What the passing of time makes of a station: a gap opens, or its level rises. Of parameters only data
 * decide. A station that never sent has no gap unless the registry says since when it is expected.
 */
export function lookForSilence(
  before: StationState,
  { now, listeningSince, isAttributionDue = false }: Look,
  rules: GapRules,
): Heard {
  const { startsAt = -Infinity } = rules;
  const station = startsAt <= now ? withExpectedStart(before, rules) : before;
  const last = station.coverage?.last ?? now;
  const heardNothing = now - Math.max(last, listeningSince);
  const mayOpen = now > last && heardNothing > gapThreshold(rules, allData, last, now);
  return { before, station, edits: new Map(), now, mayOpen, isCorrection: isAttributionDue };
}

/** Whether a look may change anything, by the station's own last data and open gap. */
export function seemsSilent(before: StationState, look: Look, rules: GapRules): boolean {
  return isOpenDue(lookForSilence(before, look, rules), allData, rules);
}

/** What is judged anew; both ends belong to it. UTC milliseconds. */
export interface JudgedTime {
  readonly from: number;
  readonly to: number;
}

/** What the record holds of a station around a time. UTC milliseconds. */
export interface RecordedTime {
  /** What was read: the time, and something before and after it. */
  readonly reach: JudgedTime;
  /** Of each series the recorded instants in reach. */
  readonly instants: ReadonlyMap<SeriesKey, ReadonlySet<number>>;
}

/** An ordinary silence is shorter: nearly always the neighbours of a time are read at once. */
const margin = 26 * 60 * 60_000;
const widening = 8;

/** What of the record, and of the kept silences, is read first to judge a time. */
export function reachAround({ from, to }: JudgedTime): JudgedTime {
  return { from: from - margin, to: to + margin };
}

/**
 * What is to be read instead, undefined where `recorded` is enough: each series has to have its neighbours
 * before and after the time, which are far away once whole days vanished around it.
 */
export function widerReach(
  before: StationState,
  time: JudgedTime,
  recorded: RecordedTime,
  rules: GapRules,
): JudgedTime | undefined {
  const { reach } = recorded;
  const wide = { ...reach };
  for (const { known, left, right } of seriesAround(before, time, recorded, rules)) {
    if (known.coverage === undefined) continue;
    const first = firstOf(known.coverage, rules);
    const { last } = known.coverage;
    if (left === undefined && first < reach.from)
      wide.from = Math.min(
        wide.from,
        Math.max(first, time.from - widening * (time.from - reach.from)),
      );
    if (right === undefined && last > reach.to)
      wide.to = Math.max(wide.to, Math.min(last, time.to + widening * (reach.to - time.to)));
  }
  return isSameTime(wide, reach) ? undefined : wide;
}

/**
 * Judges a time anew, because the record or how it is judged was corrected. Closed silences become those
 * between the recorded instants, an open one begins at the last of them. `stored` has the silences that
 * touch what was read. No gap of the station is opened here: `lookForSilence` does that.
 */
export function judgeAnew(
  stored: StationState,
  time: JudgedTime,
  recorded: RecordedTime,
  now: number,
  rules: GapRules,
): Heard {
  const around = seriesAround(stored, time, recorded, rules);
  const [from, to] = [
    Math.min(...around.map(({ left }) => left ?? time.from)),
    Math.max(...around.map(({ right }) => right ?? time.to)),
  ];
  const before = { ...stored, silences: silencesIn({ from, to }, stored.silences) };
  const editing = new Editing(before, rules);
  for (const one of around) editing.set(one.series, anew(one, before, time, rules));
  const { station, edits } = editing.result();
  return { before, station, edits, now, mayOpen: false, isCorrection: true };
}

/** Others stay as they were judged. */
function silencesIn({ from, to }: JudgedTime, silences: Silences): Silences {
  const touches = (one: Silence): boolean =>
    one.to === undefined || (one.to >= from && one.from <= to);
  return new Map(Array.from(silences, ([key, of]) => [key, of.filter(touches)]));
}

/** A series with its recorded instants, and what is next to a time before and after it. */
interface SeriesAround {
  readonly series: Series;
  readonly known: KnownSeries;
  readonly points: readonly number[];
  readonly left: number | undefined;
  readonly right: number | undefined;
}

function seriesAround(
  state: StationState,
  time: JudgedTime,
  recorded: RecordedTime,
  rules: GapRules,
): readonly SeriesAround[] {
  return rules.series.map((series) => {
    const known = knownSeries(state, series, rules);
    const points = pointsOf(state, series, recorded, rules);
    return { series, known, points, ...neighbours(known, points, time, rules) };
  });
}

/** Recorded instants of a series in order of time, the expected start among them. */
function pointsOf(
  { since }: StationState,
  series: Series,
  { reach, instants }: RecordedTime,
  { startsAt = -Infinity }: GapRules,
): readonly number[] {
  const begin = series === allData ? startsAt : Math.max(startsAt, since);
  return [...(instants.get(series.key) ?? []), startsAt]
    .filter((instant) => instant >= Math.max(begin, reach.from) && instant <= reach.to)
    .sort((a, b) => a - b);
}

/** An end of a silence that reaches into the time, or recorded. */
function neighbours(
  { coverage, silences }: KnownSeries,
  points: readonly number[],
  { from, to }: JudgedTime,
  rules: GapRules,
): Pick<SeriesAround, 'left' | 'right'> {
  const { startsAt = Infinity } = rules;
  const start = startsAt < from ? startsAt : undefined;
  if (coverage === undefined) return { left: start, right: undefined };
  const [first, last] = [firstOf(coverage, rules), coverage.last];
  // Outside of what the series covers there is nothing to be found.
  if (first > to) return { left: start, right: first };
  if (last < from) return { left: Math.max(first, last), right: undefined };
  const before = silences.find((one) => one.from < from && one.to >= from)?.from;
  const after = silences.find((one) => one.from <= to && one.to > to)?.to;
  return {
    left: first < from ? (before ?? points.findLast((point) => point < from)) : start,
    right: last > to ? (after ?? points.find((point) => point > to)) : undefined,
  };
}

/** Nothing of a series counts before its station is expected. */
function firstOf({ first }: Coverage, { startsAt = -Infinity }: GapRules): number {
  return Math.max(first, startsAt);
}

function anew(
  { series, points, left, right }: SeriesAround,
  before: StationState,
  { from, to }: JudgedTime,
  rules: GapRules,
): KnownSeries {
  const { coverage, silences } = knownSeries(before, series, rules);
  const { startsAt = -Infinity } = rules;
  if (to < startsAt) {
    const isPast = coverage !== undefined && coverage.last < startsAt;
    const later = silences.filter((one) => one.from > to || one.to < from);
    return { coverage: isPast ? undefined : coverage, silences: isPast ? [] : later };
  }
  const inside = points.filter((point) => point >= from && point <= to);
  const chain = [left, ...inside, right].filter((point) => point !== undefined);
  const others = silences.filter((one) => one.to <= (left ?? from) || one.from >= (right ?? to));
  // Where nothing is recorded any more before or after the time, the series begins or ends in it.
  const begin = coverage === undefined ? from : firstOf(coverage, rules);
  const first = left !== undefined && begin < from ? begin : chain[0];
  const last = right === undefined ? chain.at(-1) : coverage?.last;
  return {
    coverage: first === undefined || last === undefined ? undefined : { first, last },
    silences: [...others, ...silencesBetween(chain, series, rules)],
  };
}
