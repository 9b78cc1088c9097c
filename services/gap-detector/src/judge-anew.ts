import { judgeAnew, widerReach, type Stretch } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import type { DueStretch, HeardStream } from '@envigate/postgres';
import { publishDecision, reportChanges } from './gap-events.ts';
import { from, group, type DetectorParts } from './hear-arrivals.ts';
import { rulesOf, timeOfChange } from './station-rules.ts';

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
 * Returns one look at the stretches whose gaps are to be judged anew from the record, as readings vanished, what
 * does not count changed, the registry's rules changed or somebody asked. What was withdrawn may still be on its
 * way to the detector as a sign of life: a stretch waits until the detector has heard all that was recorded
 * when it was taken.
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
    await followRules(parts);
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

/** Notes what is to be judged anew as the registry says otherwise now how a station is judged. */
async function followRules({ store, registry, graceMinutes }: JudgeParts): Promise<void> {
  const view = registry.current();
  for (const [station, { judgedBy: was }] of await store.lastHeard()) {
    if (!view.stations.has(station)) continue;
    const { judgedBy: is } = rulesOf(view, station, graceMinutes);
    if (was === is) continue;
    const stretch: Stretch | undefined = was === undefined ? undefined : timeOfChange(was, is);
    await store.noteRules(station, { was, is, stretch });
  }
}

/** False while the record is behind what the detector heard: the stretch stays noted. */
async function judge(
  stretch: DueStretch,
  heard: HeardStream,
  { store, registry, clock, emit, graceMinutes }: JudgeParts,
): Promise<boolean> {
  const { rules, judgedBy } = rulesOf(registry.current(), stretch.station, graceMinutes);
  const decided = await store.rejudge(stretch, heard, {
    widerReach: (state, time, recorded) => widerReach(state, time, recorded, rules),
    decide(state, time, recorded) {
      const now = clock();
      return {
        ...{ heard: judgeAnew(state, time, recorded, now.getTime(), rules), rules, judgedBy },
        fileOf: () => undefined,
        publish: publishDecision(now),
      };
    },
  });
  if (decided === false) return false;
  reportChanges([decided], emit);
  return true;
}
