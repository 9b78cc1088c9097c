import type { InstantsOfFile } from '@envigate/contracts';

/**
 * Transmission gaps over data time. Instants are UTC milliseconds since 1970.
 *
 * What is known of a station's silence is its coverage (first and last instant) and its gaps: every
 * interval between two consecutive known instants that is longer than the station's interval and
 * the grace together. The instants themselves need not be kept.
 */

export type GapLevel = '15min' | '1h' | '12h';

export interface Gap {
  /** Last known instant before the silence. */
  readonly from: number;
  /** First known instant after it; undefined while it is open. */
  readonly to: number | undefined;
  /** By the length from `from` to `to`; of an open gap, the highest level reached so far. */
  readonly level: GapLevel;
}

/** One station. `gaps` are in order and do not overlap; an open one is last and starts at `last`. */
export interface Timeline {
  readonly first: number;
  readonly last: number;
  readonly gaps: readonly Gap[];
}

export interface GapSettings {
  /** Expected time between two files, in milliseconds. */
  readonly interval: number;
  /** How much longer a silence may be before it is a gap, in milliseconds. */
  readonly grace: number;
}

export type GapChangeKind = 'opened' | 'level' | 'closed' | 'shrunk' | 'removed';

/** What became of one gap: its state before (undefined: it is new) and now (undefined: removed). */
export interface GapChange {
  readonly kind: GapChangeKind;
  readonly before: Gap | undefined;
  readonly after: Gap | undefined;
  /** The instant whose arrival made the change; undefined where time alone did. */
  readonly cause: number | undefined;
}

const minute = 60_000;
const levels: readonly { readonly level: GapLevel; readonly from: number }[] = [
  { level: '12h', from: 12 * 60 * minute },
  { level: '1h', from: 60 * minute },
];

/** The level of a silence of so many milliseconds. Whatever is a gap at all is at least of level 15min. */
export function gapLevel(length: number): GapLevel {
  return levels.find(({ from }) => length >= from)?.level ?? '15min';
}

/** The longest silence in milliseconds that is no gap. */
export function gapThreshold(settings: GapSettings): number {
  return settings.interval + settings.grace;
}

/** The closed gaps between instants in order; `threshold` as of `gapThreshold`. */
function gapsBetween(instants: readonly number[], threshold: number): Gap[] {
  return instants.flatMap((to, i) => {
    const from = instants[i - 1];
    if (from === undefined || to - from <= threshold) return [];
    return [{ from, to, level: gapLevel(to - from) }];
  });
}

export interface Arrival {
  /** Instants of data, in any order, known ones among them or not. */
  readonly instants: readonly number[];
  /**
   * When they were received. An open gap that old data only shorten stays open from the newest of
   * them, instead of being closed now and opened again at the next look.
   */
  readonly receivedAt: number;
}

export interface Applied {
  readonly timeline: Timeline;
  /** At most one per earlier gap, and one per new gap; in order of time. */
  readonly changes: readonly GapChange[];
}

/**
 * What data make of a timeline: they extend the coverage, close the open gap, split, shrink or
 * remove closed ones. However arrivals are ordered and cut, closed gaps end as those of the sorted
 * instants. `timeline` may leave out gaps that no instant falls into.
 */
export function applyInstants(
  timeline: Timeline | undefined,
  arrival: Arrival,
  settings: GapSettings,
): Applied | undefined {
  const instants = Array.from(new Set(arrival.instants)).sort((a, b) => a - b);
  const earliest = instants[0];
  const latest = instants.at(-1);
  if (earliest === undefined || latest === undefined) return undefined;

  const threshold = gapThreshold(settings);
  const silences = (points: readonly number[]): Gap[] => gapsBetween(points, threshold);
  if (timeline === undefined) {
    const gaps = silences(instants);
    return {
      timeline: { first: earliest, last: latest, gaps },
      changes: gaps.map((gap) => newGap(gap)),
    };
  }

  const gaps: Gap[] = [];
  const changes: GapChange[] = [];
  const discover = (found: readonly Gap[]): void => {
    gaps.push(...found);
    changes.push(...found.map((gap) => newGap(gap)));
  };

  const before = instants.filter((instant) => instant < timeline.first);
  if (before.length > 0) discover(silences([...before, timeline.first]));

  for (const gap of timeline.gaps) {
    const inside = instants.filter((i) => i > gap.from && (gap.to === undefined || i < gap.to));
    const last = inside.at(-1);
    if (last === undefined) {
      gaps.push(gap);
      continue;
    }
    const pieces = silences([gap.from, ...inside, ...(gap.to === undefined ? [] : [gap.to])]);
    const silence = arrival.receivedAt - last;
    if (gap.to === undefined && silence > threshold)
      pieces.push({ from: last, to: undefined, level: gapLevel(silence) });
    // The first piece goes on as the gap it was; the others are new.
    const [kept, ...split] = pieces;
    changes.push(changed(gap, kept, inside));
    if (kept !== undefined) gaps.push(kept);
    discover(split);
  }

  // An open gap starts at the last instant and has taken them already.
  const isOpen = timeline.gaps.some((gap) => gap.to === undefined);
  const after = isOpen ? [] : instants.filter((instant) => instant > timeline.last);
  if (after.length > 0) discover(silences([timeline.last, ...after]));

  return {
    timeline: {
      first: Math.min(timeline.first, earliest),
      last: Math.max(timeline.last, latest),
      gaps,
    },
    changes,
  };
}

function newGap(gap: Gap): GapChange {
  return {
    kind: gap.to === undefined ? 'opened' : 'closed',
    before: undefined,
    after: gap,
    cause: gap.to ?? gap.from,
  };
}

function changed(before: Gap, after: Gap | undefined, inside: readonly number[]): GapChange {
  if (after === undefined) return { kind: 'removed', before, after, cause: inside.at(-1) };
  const kind = before.to === undefined && after.to !== undefined ? 'closed' : 'shrunk';
  const cause = after.to === before.to ? after.from : after.to;
  return { kind, before, after, cause };
}

export interface Silence {
  /** Everything received before this instant has been applied to the timeline. */
  readonly now: number;
  /**
   * Since when the gateway has been listening without a break. Before that nothing could be heard,
   * so a gap is opened only once the station has been silent for long enough after it.
   */
  readonly listeningSince: number;
}

/**
 * What the passing of time makes of a timeline: opens a gap from the last instant, or raises the
 * level of the open one. Returns undefined where nothing changes. A station that never sent has
 * no timeline and no gap.
 */
export function applySilence(
  timeline: Timeline,
  silence: Silence,
  settings: GapSettings,
): { readonly timeline: Timeline; readonly change: GapChange } | undefined {
  const length = silence.now - timeline.last;
  const open = timeline.gaps.at(-1);
  if (open?.to !== undefined || open === undefined) {
    const heardNothing = silence.now - Math.max(timeline.last, silence.listeningSince);
    if (heardNothing <= gapThreshold(settings)) return undefined;
    const after: Gap = { from: timeline.last, to: undefined, level: gapLevel(length) };
    return {
      timeline: { ...timeline, gaps: [...timeline.gaps, after] },
      change: { kind: 'opened', before: undefined, after, cause: undefined },
    };
  }
  const level = gapLevel(length);
  if (rank[level] <= rank[open.level]) return undefined;
  const after: Gap = { ...open, level };
  return {
    timeline: { ...timeline, gaps: [...timeline.gaps.slice(0, -1), after] },
    change: { kind: 'level', before: open, after, cause: undefined },
  };
}

const rank = { '15min': 0, '1h': 1, '12h': 2 } as const;

/** What the record holds of a station over a stretch of time. UTC milliseconds. */
export interface RecordedStretch {
  /** First and last instant of the whole record; undefined where nothing is left. */
  readonly coverage: { readonly first: number; readonly last: number } | undefined;
  /** In order: the last instant before the stretch, those in it, and the first one after it. */
  readonly instants: readonly number[];
  /** Everything received before this instant is in the record. */
  readonly now: number;
}

export interface Rejudged {
  /** undefined where nothing is left of the station. */
  readonly timeline: Timeline | undefined;
  readonly changes: Applied['changes'];
}

/**
 * Judges the gaps of a stretch anew, because the record or the station's interval was corrected. Closed
 * gaps become those between the recorded instants. An open one begins at the last instant, and is removed
 * where the silence is no longer a gap. `timeline` holds the gaps that touch the stretch, and all where
 * nothing is recorded before or after it. No gap is opened here: `applySilence` does that.
 */
export function rejudgeGaps(
  timeline: Timeline,
  { coverage, instants, now }: RecordedStretch,
  settings: GapSettings,
): Rejudged {
  const threshold = gapThreshold(settings);
  const judged = gapsBetween(instants, threshold);
  const open = timeline.gaps.find(({ to }) => to === undefined);
  if (open !== undefined && coverage !== undefined) {
    const silence = now - coverage.last;
    const isSame = open.from === coverage.last;
    // A level that was reached and reported is not taken back by a clock that differs.
    if (silence > threshold)
      judged.push(isSame ? open : { from: coverage.last, to: undefined, level: gapLevel(silence) });
  }
  const kept = new Map(judged.map((gap) => [gap.from, gap]));
  const changes: GapChange[] = [];
  for (const before of timeline.gaps) {
    const after = kept.get(before.from);
    if (after !== undefined && isShorterOrSame(after, before)) {
      kept.delete(before.from);
      if (after.to !== before.to) changes.push({ kind: 'shrunk', before, after, cause: undefined });
    } else {
      changes.push({ kind: 'removed', before, after: undefined, cause: undefined });
    }
  }
  for (const after of kept.values()) {
    const kind = after.to === undefined ? 'opened' : 'closed';
    changes.push({ kind, before: undefined, after, cause: undefined });
  }
  return { timeline: coverage && { ...coverage, gaps: judged }, changes };
}

function isShorterOrSame(after: Gap, before: Gap): boolean {
  return (after.to ?? Infinity) <= (before.to ?? Infinity);
}

/** A logger's clock may run ahead, and its offset may be entered wrongly; a day covers both. */
const aheadAtMost = 24 * 60 * 60_000;

export interface DataInstants {
  readonly instants: readonly number[];
  /** Left out as lying in the future: one of them would hide every silence until then. */
  readonly future: number;
}

/** The instants at which a file shows that its station sent, whatever the values' status or quality. */
export function dataInstants(file: InstantsOfFile): DataInstants {
  const latest = Date.parse(file.reception.receivedAt) + aheadAtMost;
  const instants = file.instants.map((instant) => Date.parse(instant));
  const plausible = instants.filter((instant) => instant <= latest);
  return { instants: plausible, future: instants.length - plausible.length };
}
