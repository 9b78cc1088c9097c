import { allData, gapThreshold, type GapRules, type SeriesKey } from './gap-rules.ts';
import {
  Editing,
  knownSeries,
  type KnownSeries,
  silencesBetween,
  withExpectedStart,
} from './hear-data.ts';
import { type Heard, isOpenDue, type StationState } from './station-gaps.ts';

export interface Look {
  /** Everything received before this instant has been applied to the station. */
  readonly now: number;
  /**
   * Since when the gateway has been listening without a break. Before that nothing could be heard,
   * so a gap is opened only once the station has been silent for long enough after it.
   */
  readonly listeningSince: number;
}

/**
 * What the passing of time makes of a station: a gap opens, or its level rises. Of parameters only data
 * decide. A station that never sent has no gap unless the registry says since when it is expected.
 */
export function lookForSilence(
  before: StationState,
  { now, listeningSince }: Look,
  rules: GapRules,
): Heard {
  const { startsAt = -Infinity } = rules;
  const station = startsAt <= now ? withExpectedStart(before, rules) : before;
  const last = station.coverage?.last ?? now;
  const heardNothing = now - Math.max(last, listeningSince);
  const mayOpen = now > last && heardNothing > gapThreshold(rules, allData, last, now);
  return { before, station, edits: new Map(), now, mayOpen, isCorrection: false };
}

/** Whether a look may change anything, by the station's own last data and open gap. */
export function seemsSilent(before: StationState, look: Look, rules: GapRules): boolean {
  return isOpenDue(lookForSilence(before, look, rules), allData, rules);
}

/** What the record holds of a station around a time. UTC milliseconds. */
export interface RecordedTime {
  /** What is judged anew; both ends belong to it. */
  readonly from: number;
  readonly to: number;
  /** Of each series the recorded instants in it and for `recordMargin` before and after it. */
  readonly instants: ReadonlyMap<SeriesKey, ReadonlySet<number>>;
}

const leastMargin = 26 * 60 * 60_000;

/** How far around a time the record is read: twice the longest silence that need not be known. */
export function recordMargin(rules: GapRules): number {
  const cycles = [...rules.parameters.values()].map(({ cycle }) => cycle);
  const longest = Math.max(...rules.intervals.map(({ ms }) => ms), ...cycles) + rules.grace;
  return Math.max(leastMargin, 2 * longest);
}

/**
 * Judges a time anew, because the record or how it is judged was corrected. Closed silences become those
 * between the recorded instants, an open one begins at the last of them. `before` has the silences that
 * touch the time. No gap of the station is opened here: `lookForSilence` does that.
 */
export function judgeAnew(
  before: StationState,
  recorded: RecordedTime,
  now: number,
  rules: GapRules,
): Heard {
  const editing = new Editing(before, rules);
  const { startsAt = -Infinity } = rules;
  for (const series of rules.series) {
    const begin = series === allData ? startsAt : Math.max(startsAt, before.since);
    const points = [...(recorded.instants.get(series.key) ?? []), startsAt]
      .filter((instant) => instant >= begin && Number.isFinite(instant))
      .sort((a, b) => a - b);
    const known = knownSeries(before, series, rules);
    editing.set(
      series,
      anew(known, points, recorded, startsAt, (chain) => silencesBetween(chain, series, rules)),
    );
  }
  const { station, edits } = editing.result();
  return { before, station, edits, now, mayOpen: false, isCorrection: true };
}

function anew(
  { coverage, silences }: KnownSeries,
  points: readonly number[],
  { from, to }: RecordedTime,
  startsAt: number,
  kept: (chain: readonly number[]) => KnownSeries['silences'],
): KnownSeries {
  if (to < startsAt) {
    const isPast = coverage !== undefined && coverage.last < startsAt;
    const left = silences.filter((one) => one.from > to || one.to < from);
    return { coverage: isPast ? undefined : coverage, silences: isPast ? [] : left };
  }
  const inside = points.filter((point) => point >= from && point <= to);
  const isBefore = coverage !== undefined && Math.max(coverage.first, startsAt) < from;
  const isAfter = coverage !== undefined && coverage.last > to;
  // What is next to the time is an end of a silence that reaches into it, or recorded near it.
  const left = isBefore
    ? (silences.find((one) => one.from < from && one.to >= from)?.from ??
      points.findLast((point) => point < from))
    : points.find((point) => point < from && point === startsAt);
  const right = isAfter
    ? (silences.find((one) => one.from <= to && one.to > to)?.to ??
      points.find((point) => point > to))
    : undefined;
  const chain = [left, ...inside, right].filter((point) => point !== undefined);
  const others = silences.filter(
    (one) => one.to <= (left ?? -Infinity) || one.from >= (right ?? Infinity),
  );
  const first = isBefore ? Math.max(coverage.first, startsAt) : chain[0];
  const last = isAfter ? coverage.last : chain.at(-1);
  return {
    coverage: first === undefined || last === undefined ? undefined : { first, last },
    silences: [...others, ...kept(chain)],
  };
}
