import {
  gapLevel,
  gapThreshold,
  gapsBetween,
  type Gap,
  type GapChange,
  type GapSettings,
  type Timeline,
} from './gap.ts';

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
