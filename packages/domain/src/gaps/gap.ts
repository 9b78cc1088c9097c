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
export function gapsBetween(instants: readonly number[], threshold: number): Gap[] {
  return instants.flatMap((to, i) => {
    const from = instants[i - 1];
    if (from === undefined || to - from <= threshold) return [];
    return [{ from, to, level: gapLevel(to - from) }];
  });
}
