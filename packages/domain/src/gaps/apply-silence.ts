import {
  gapLevel,
  gapThreshold,
  type Gap,
  type GapChange,
  type GapSettings,
  type Timeline,
} from './gap.ts';

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
