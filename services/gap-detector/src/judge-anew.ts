import { rejudgeGaps } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import type { DueStretch, GapDecision, HeardStream } from '@envigate/postgres';
import {
  gapEvent,
  gapSettings,
  from,
  group,
  type DetectorParts,
  reportChanges,
} from './hear-arrivals.ts';

export interface JudgeParts extends DetectorParts {
  readonly eventLog: Pick<EventLog, 'partitions' | 'identity'>;
  /** The group that records what the detector hears. */
  readonly recorderGroup: string;
}

/** Stretches that are taken at once: each is a day of a station. */
const mostStretches = 200;

/** Noted stretches, and what the detector must have heard before they are judged. */
interface Taken {
  readonly stretches: readonly DueStretch[];
  readonly recordedUntil: readonly number[];
}

/**
 * Returns one look at the stretches whose gaps are to be judged anew from the record, as readings vanished or
 * somebody asked. What was withdrawn may still be on its way to the detector as a sign of life: a stretch
 * waits until the detector has heard all that was recorded when it was taken.
 */
export function judgingAnew(parts: JudgeParts): () => Promise<void> {
  const { store, eventLog } = parts;
  let taken: Taken | undefined;

  async function take(heard: HeardStream): Promise<Taken | undefined> {
    const stretches = await store.gapsDue(mostStretches);
    if (stretches.length === 0) return undefined;
    // Read after them: at least as far as their notes.
    const recordedUntil = await store.positions(parts.recorderGroup, heard, heard.partitions);
    return { stretches, recordedUntil };
  }

  return async () => {
    const [log, partitions] = [await eventLog.identity(from), await eventLog.partitions(from)];
    const heard = { log, stream: from, partitions, detector: group, recorder: parts.recorderGroup };
    for (;;) {
      taken ??= await take(heard);
      if (taken === undefined) return;
      const positions = await store.positions(group, heard, partitions);
      if (!taken.recordedUntil.every((until, i) => (positions[i] ?? 0) >= until)) return;
      const { stretches } = taken;
      taken = undefined;
      for (const stretch of stretches) if (!(await judge(stretch, heard, parts))) return;
    }
  };
}

/** False while the record is behind what the detector heard: the stretch stays noted. */
async function judge(
  stretch: DueStretch,
  heard: HeardStream,
  { store, registry, clock, emit, graceMinutes }: JudgeParts,
): Promise<boolean> {
  const { station } = stretch;
  const decided = await store.rejudge(stretch, heard, (timeline, recorded): GapDecision => {
    const at = clock();
    const settings = gapSettings(registry.current(), station, graceMinutes);
    const judged = rejudgeGaps(timeline, { ...recorded, now: at.getTime() }, settings);
    const findings = judged.changes.map((change) => ({ change, fileId: undefined }));
    const events = findings.map((finding) => gapEvent(station, finding, at));
    return { station, timeline: judged.timeline, findings, events };
  });
  if (decided === false) return false;
  reportChanges([decided], emit);
  return true;
}
