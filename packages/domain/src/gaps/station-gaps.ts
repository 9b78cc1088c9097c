import {
  allData,
  gapLevel,
  type GapLevel,
  type GapRules,
  gapThreshold,
  isHigher,
  isProbablyOurs,
  nextLevelAt,
  type Series,
  type SeriesKey,
  type SeriesName,
  seriesNamed,
} from './gap-rules.ts';
import {
  type Doubt,
  intersect,
  isStopOf,
  type NotTheStations,
  type Stretch,
  subtract,
  totalLength,
} from './stretches.ts';

/**
 * The gaps of a station and of its parameters, over data time. UTC milliseconds since 1970.
 *
 * What is known of a series is its coverage (first and last instant) and its silences that are too long
 * not to be kept; the instants themselves need not be. A parameter comes with nearly every file: a series
 * that begins and ends with all data, and a silence that is the station's, are not stored for it. Every
 * silence of a series contains those of the station that it meets, as its instants are some of the
 * station's.
 */

/** First and last instant of a series. */
export interface Coverage {
  readonly first: number;
  readonly last: number;
}

/** What of a silence does not count. */
export interface TakenOut {
  /** `other-gap`: the station, or all of the parameter, was silent, which is a gap of its own. */
  readonly by: 'planned-stop' | 'own-outage' | 'other-gap';
  /** Of the stop or outage. */
  readonly id?: string;
  readonly ms: number;
}

/** A silence that is kept. It is a gap where enough of it counts. */
export interface Silence extends Stretch {
  /** Undefined: it is no gap. Of an open one, the highest level reached. */
  readonly level: GapLevel | undefined;
  /** Milliseconds of it that do not count. */
  readonly outMs: number;
  /** By what; these may overlap one another. */
  readonly takenOut: readonly TakenOut[];
  /** Milliseconds of it in our own outages, or in a joint silence that nobody has decided about. */
  readonly oursMs: number;
  /** These are half of it or more; of an open one, when it was judged. */
  readonly isProbablyOurs: boolean;
  /** The joint silence that it is part of and that nobody has decided about. */
  readonly jointId: number | undefined;
}

/** Of a station, without its silences. */
export interface StationCoverage {
  /** Of all data; undefined: none yet. */
  readonly coverage: Coverage | undefined;
  /** Nothing is known of parameters and of valid values before it. */
  readonly since: number;
  /** Parameters whose series are known; undefined: those that are expected came with all data so far. */
  readonly followed: ReadonlySet<string> | undefined;
  /** Series that do not begin and end with all data; undefined: not begun. */
  readonly apart: ReadonlyMap<SeriesKey, Coverage | undefined>;
}

export type Silences = ReadonlyMap<SeriesKey, readonly Silence[]>;

export interface StationState extends StationCoverage {
  /** Those that the question touches, and every open one; of a series in order of time. */
  readonly silences: Silences;
}

export type GapChangeKind =
  'opened' | 'level' | 'closed' | 'shrunk' | 'extended' | 'recounted' | 'removed';

/** Why a gap changed: the record stands for what does not count too. */
export type GapChangeReason = 'data' | 'time' | 'record' | 'interval-corrected';

/** What became of a kept silence: its state before (undefined: new) and now (undefined: gone). */
export interface SilenceChange {
  readonly series: SeriesName;
  readonly before: Silence | undefined;
  readonly after: Silence | undefined;
  /** What is to be reported of it; undefined: nothing. */
  readonly kind: GapChangeKind | undefined;
}

export interface Decided {
  readonly station: StationCoverage;
  readonly changes: readonly SilenceChange[];
}

export function coverageOf(station: StationCoverage, series: Series): Coverage | undefined {
  if (series === allData) return station.coverage;
  if (station.apart.has(series.key)) return station.apart.get(series.key);
  const { parameter } = series;
  const isFollowed = parameter === undefined || station.followed?.has(parameter) !== false;
  return isFollowed ? station.coverage : undefined;
}

/** What became of the closed silences of a series. */
export interface SeriesEdit {
  /** Kept ones that are no more. */
  readonly replaced: readonly Silence[];
  /** Those that lie in their place, or are new; long enough to be kept. */
  readonly pieces: readonly Stretch[];
}

export type Edits = ReadonlyMap<SeriesKey, SeriesEdit>;

/** What was decided up to the judgement of silences, which needs more than the state has. */
export interface Heard {
  readonly before: StationState;
  readonly station: StationCoverage;
  readonly edits: Edits;
  /** Up to when a silence of all data is judged that goes on. */
  readonly now: number;
  /** Whether such a silence becomes a gap; otherwise only one that is a gap goes on. */
  readonly mayOpen: boolean;
  /** Everything known is judged again, and levels that open gaps reached may be taken back. */
  readonly isCorrection: boolean;
}

/**
 * The time that the judgement has to know: kept silences of all series that touch it, and what is not
 * held against the station. Undefined where nothing has to be judged.
 */
export function timeToJudge(heard: Heard, rules: GapRules): Stretch | undefined {
  if (!isToBeJudged(heard, rules)) return undefined;
  const { before, station, edits, now } = heard;
  let [from, to] = [now, Math.max(now, station.coverage?.last ?? -Infinity)];
  for (const series of rules.series)
    from = Math.min(from, coverageOf(station, series)?.last ?? Infinity);
  const pieces = [...edits.values()].map((edit) => edit.pieces);
  for (const silence of [...before.silences.values(), ...pieces].flat()) {
    from = Math.min(from, silence.from);
    to = Math.max(to, silence.to ?? -Infinity);
  }
  return { from, to };
}

function isToBeJudged(heard: Heard, rules: GapRules): boolean {
  return (
    heard.isCorrection ||
    heard.edits.size > 0 ||
    rules.series.some((series) => isOpenDue(heard, series, rules))
  );
}

/** Whether an open silence of the series has begun, moved, ended, or may have reached another level. */
export function isOpenDue(heard: Heard, series: Series, rules: GapRules): boolean {
  const open = openOf(heard.before, series);
  const tail = tailOf(heard, series, rules);
  if (tail === undefined || open === undefined) return tail !== open;
  if (tail.from !== open.from || open.level === undefined) return true;
  const length = tail.to - tail.from;
  // Of one that goes on, the part that may be ours is known up to its last judgement only.
  if (open.isProbablyOurs && !isProbablyOurs(open.oursMs, length)) return true;
  return length - open.outMs >= nextLevelAt(open.level, rules);
}

function openOf({ silences }: StationState, { key }: Series): Silence | undefined {
  return silences.get(key)?.find(({ to }) => to === undefined);
}

/**
 * The time since the last instant of a series, where it is long enough for an open gap. Of all data it
 * lasts up to now; of others up to the newest data: only a file can show that a parameter is missing.
 */
function tailOf(
  heard: Heard,
  series: Series,
  rules: GapRules,
): { readonly from: number; readonly to: number } | undefined {
  const newest = heard.station.coverage?.last;
  const from = coverageOf(heard.station, series)?.last;
  if (from === undefined || newest === undefined) return undefined;
  const to = series === allData ? heard.now : newest;
  if (to <= from || to - from <= gapThreshold(rules, series, from, to)) return undefined;
  const goesOn = series !== allData || heard.mayOpen || openOf(heard.before, series) !== undefined;
  return goesOn ? { from, to } : undefined;
}

export interface JudgingContext {
  readonly notTheStations: NotTheStations;
  /** Kept silences as they were before that touch the time to judge. */
  readonly silences: Silences;
}

/** Judges what was heard. `context` is of the time that `timeToJudge` named; anything where it named none. */
export function judge(heard: Heard, context: JudgingContext, rules: GapRules): Decided {
  const { before, station, edits } = heard;
  if (!isToBeJudged(heard, rules)) return { station, changes: [] };
  const changes: SilenceChange[] = [];
  /** Silences of the series that were judged, as they are now; an open one up to the newest data. */
  const silencesNow = new Map<SeriesKey, readonly Stretch[]>();
  for (const series of rules.series) {
    const edit = edits.get(series.key);
    const replaced = new Set(edit?.replaced.map(({ from }) => from));
    const isKept = ({ from, to }: Silence): boolean => to !== undefined && !replaced.has(from);
    const stored = before.silences.get(series.key) ?? [];
    const closed: Stretch[] = [...stored.filter(isKept), ...(edit?.pieces ?? [])];
    const last = coverageOf(station, series)?.last;
    const since = { from: last ?? Infinity, to: station.coverage?.last };
    silencesNow.set(series.key, [
      ...(context.silences.get(series.key) ?? []).filter(isKept),
      ...closed,
      ...(since.from < (since.to ?? -Infinity) ? [since] : []),
    ]);

    const parents = series.parents.flatMap(({ key }) => silencesNow.get(key) ?? []);
    const evidence = { series, parents, rules, ...context.notTheStations };
    const after = closed.map((one) => judgeSilence(one, one.to ?? one.from, evidence));
    const tail = tailOf(heard, series, rules);
    if (tail !== undefined) {
      const now = judgeSilence({ from: tail.from, to: undefined }, tail.to, evidence);
      if (now.level !== undefined)
        after.push(heard.isCorrection ? now : asReached(now, openOf(before, series)));
    }
    changes.push(...changesOf(series, stored, after));
  }
  changes.push(...endUnexpected(before, rules));
  return { station, changes };
}

/** Of a parameter that is not expected any more nothing is open. */
function endUnexpected({ silences }: StationState, rules: GapRules): SilenceChange[] {
  const expected = new Set(rules.series.map(({ key }) => key));
  return [...silences].flatMap(([key, of]) => {
    if (expected.has(key)) return [];
    const series = seriesNamed(key);
    return of
      .filter(({ to }) => to === undefined)
      .map((open) => ({ series, before: open, after: undefined, kind: 'removed' as const }));
  });
}

/** A level that an open gap reached, and that was reported, is not taken back as time goes on. */
function asReached(now: Silence, open: Silence | undefined): Silence {
  if (open?.from !== now.from || open.level === undefined || now.level === undefined) return now;
  return isHigher(open.level, now.level) ? { ...now, level: open.level } : now;
}

interface Evidence extends NotTheStations {
  readonly series: Series;
  readonly parents: readonly Stretch[];
  readonly rules: GapRules;
}

/** `end`: up to when it is judged. */
function judgeSilence(
  { from, to }: Stretch,
  end: number,
  { series, parents, rules, plannedStops, notHeard, doubts }: Evidence,
): Silence {
  const whole = [{ from, to: end }];
  const stops = plannedStops.filter((stop) => isStopOf(stop, series.parameter));
  const taken = (by: TakenOut['by'], stretches: readonly Stretch[], id?: string): TakenOut[] => {
    const ms = totalLength(intersect(whole, stretches));
    return ms === 0 ? [] : [{ by, ...(id !== undefined && { id }), ms }];
  };
  const net = totalLength(subtract(whole, [...stops, ...notHeard, ...parents]));
  const isGap = net > gapThreshold(rules, series, from, end);
  return {
    ...{ from, to, outMs: end - from - net },
    level: isGap ? gapLevel(net, rules) : undefined,
    takenOut: [
      ...stops.flatMap((stop) => taken('planned-stop', [stop], stop.id)),
      ...notHeard.flatMap((outage) => taken('own-outage', [outage], outage.id)),
      ...taken('other-gap', parents),
    ],
    ...whoseOf({ from, to: end }, [...notHeard, ...doubts], doubts),
  };
}

/** Whose a silence probably is, from what was or may have been an outage of our own. */
function whoseOf(
  whole: { readonly from: number; readonly to: number },
  ours: readonly Stretch[],
  doubts: readonly Doubt[],
): Pick<Silence, 'oursMs' | 'isProbablyOurs' | 'jointId'> {
  const oursMs = ours.length === 0 ? 0 : totalLength(intersect([whole], ours));
  const joint = doubts.find((doubt) => intersect([whole], [doubt]).length > 0);
  return {
    ...{ oursMs, jointId: joint?.jointId },
    isProbablyOurs: isProbablyOurs(oursMs, whole.to - whole.from),
  };
}

/**
 * Which silence goes on as which: as the one that begins or ends where it did, or else as the first one
 * inside it. A gap goes before a silence that is not one, as it is reported. Only what differs is a change.
 */
function changesOf(
  series: Series,
  before: readonly Silence[],
  after: readonly Silence[],
): readonly SilenceChange[] {
  const left = new Set(after);
  const pairs: [Silence | undefined, Silence | undefined][] = before.map((was) => {
    const fits = [
      (one: Silence) => one.from === was.from,
      (one: Silence) => one.to !== undefined && one.to === was.to,
      (one: Silence) => one.from >= was.from && (one.to ?? Infinity) <= (was.to ?? Infinity),
    ];
    const candidates = fits.flatMap((fit) => [...left].filter(fit));
    const now = candidates.find(({ level }) => level !== undefined) ?? candidates[0];
    if (now !== undefined) left.delete(now);
    return [was, now];
  });
  for (const one of after) if (left.has(one)) pairs.push([undefined, one]);
  return pairs
    .filter(([was, now]) => !isSame(was, now))
    .map(([was, now]) => ({ series, before: was, after: now, kind: kindOf(was, now) }));
}

function kindOf(
  before: Silence | undefined,
  after: Silence | undefined,
): GapChangeKind | undefined {
  if (after?.level === undefined) return before?.level === undefined ? undefined : 'removed';
  if (before?.level === undefined) return after.to === undefined ? 'opened' : 'closed';
  if (before.to === undefined && after.to !== undefined) return 'closed';
  if (!isSameTime(before, after)) {
    const isLonger = after.from < before.from || (after.to ?? Infinity) > (before.to ?? Infinity);
    return isLonger ? 'extended' : 'shrunk';
  }
  if (before.level !== after.level) return 'level';
  const isRecounted = before.to !== undefined && before.outMs !== after.outMs;
  return isRecounted || !isSameAttribution(before, after) ? 'recounted' : undefined;
}

function isSameAttribution(one: Silence, other: Silence): boolean {
  return one.isProbablyOurs === other.isProbablyOurs && one.jointId === other.jointId;
}

export function isSameTime(one: Stretch, other: Stretch): boolean {
  return one.from === other.from && one.to === other.to;
}

function isSame(one: Silence | undefined, other: Silence | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    isSameTime(one, other) &&
    one.level === other.level &&
    one.outMs === other.outMs &&
    one.oursMs === other.oursMs &&
    isSameAttribution(one, other)
  );
}
