import type { Applied } from './apply-instants.ts';
import {
  gapLevel,
  gapThreshold,
  gapsBetween,
  type Gap,
  type GapChange,
  type GapSettings,
  type Timeline,
} from './gap.ts';

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
