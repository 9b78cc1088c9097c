import {
  assessReadings,
  reachAt,
  ruleOfReason,
  spanToJudge,
  spanToRead,
  type RegistrySource,
  type Verdict,
} from '@envigate/domain';
import type { AssessmentOutcome, AssessmentStore, DueAssessment } from '@envigate/postgres';
import type { Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

export interface AssessDayParts {
  readonly registry: RegistrySource;
  readonly store: AssessmentStore;
  readonly emit: Emit<typeof events>;
}

/** Judges what was touched of a station's day by the rules as they are now. */
export async function assessDay(
  due: DueAssessment,
  { registry, store, emit }: AssessDayParts,
): Promise<AssessmentOutcome['kind']> {
  const { station, day } = due;
  const view = registry.current();
  const reach = reachAt(view, station);
  const began = performance.now();
  const outcome = await store.assess(
    due,
    (touched) => {
      const judged = spanToJudge(touched, reach);
      return { judged, read: spanToRead(judged, reach) };
    },
    (readings) => assessReadings(view, station, readings),
  );
  switch (outcome.kind) {
    case 'busy':
    case 'gone':
      break;
    case 'assessed': {
      const { readings, changes, waitedSeconds } = outcome;
      const marked = changes.flatMap(({ before, after }) =>
        before === null && after !== null ? [after] : [],
      );
      const withdrawn = changes.filter(({ after }) => after === null).length;
      const changed = changes.length - marked.length - withdrawn;
      const seconds = (performance.now() - began) / 1000;
      const counts = { readings, marked: marked.length, changed, withdrawn };
      emit('day-assessed', { station, day, ...counts, seconds, waitedSeconds });
      for (const [rule, count] of countByRule(marked))
        emit('readings-marked', { station, rule, readings: count });
      break;
    }
  }
  return outcome.kind;
}

function countByRule(verdicts: readonly Verdict[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const reason of verdicts.flatMap(({ reasons }) => reasons)) {
    const rule = ruleOfReason(reason) ?? reason;
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return counts;
}
