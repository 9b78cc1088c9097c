import { messageOf, pause, type Emit } from '@envigate/runtime';
import { isRetryable } from '@envigate/event-log';
import type { DueAssessment, AssessmentOutcome, AssessmentStore } from '@envigate/postgres';
import {
  assessReadings,
  reachAt,
  ruleOfReason,
  spanToJudge,
  spanToRead,
  type RegistrySource,
  type Verdict,
} from '@envigate/domain';
import type { events } from './telemetry.ts';

export interface AssessorParts extends AssessDayParts {
  /** Between two looks at what is due, where the last one found nothing to do. */
  readonly checkMs: number;
  /** Readings come in bursts: a day is taken when nothing came for so long … */
  readonly settleMs: number;
  /** … or when it has waited for so long. */
  readonly mostWaitMs: number;
}

export interface RunningAssessor {
  /** Rejects with what is no outage of the database: it would repeat for ever. */
  readonly failed: Promise<never>;
  /** Finishes the day in hand. */
  stop(): Promise<void>;
}

/** Days taken from the list at one look. */
const daysAtOnce = 100;
const storePauseMs = 1_000;
/** How long a day on which assessing failed is left alone. */
const failurePauseMs = 5 * 60_000;

/**
 * Assesses what is due, the longest waiting first, one day of one station at a time. The list in
 * the database is the truth: what is not finished is found there again.
 */
export async function startAssessor(parts: AssessorParts): Promise<RunningAssessor> {
  await parts.registry.ready?.();
  const { store, emit, checkMs, settleMs, mostWaitMs } = parts;
  const stopping = new AbortController();
  /** Days that failed, until when they are left alone; never more than are due. */
  const left = new Map<string, number>();

  const working = (async () => {
    while (!stopping.signal.aborted) {
      const pauseMs = await look();
      if (pauseMs > 0) await pause(pauseMs, stopping.signal);
    }
  })();

  const failed = working.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined); // whoever runs this listens too
  return {
    failed,
    async stop() {
      stopping.abort();
      await working.catch(() => undefined);
    },
  };

  /** Returns after how long to look again. */
  async function look(): Promise<number> {
    try {
      const now = performance.now();
      for (const [day, until] of left) if (until <= now) left.delete(day);
      const due = await store.due(daysAtOnce + left.size, settleMs, mostWaitMs);
      let assessed = 0;
      for (const day of due) {
        if (stopping.signal.aborted) return 0;
        if (!left.has(nameOf(day)) && (await assess(day)) === 'assessed') assessed += 1;
      }
      return assessed > 0 ? 0 : checkMs;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      emit('store-unavailable', { error: messageOf(error) });
      return storePauseMs;
    }
  }

  /** Throws only what stops the others too. */
  async function assess(due: DueAssessment) {
    try {
      return await assessDay(due, parts);
    } catch (error) {
      if (isRetryable(error)) throw error;
      left.set(nameOf(due), performance.now() + failurePauseMs);
      emit('assessment-failed', { station: due.station, day: due.day, error: messageOf(error) });
      return 'failed';
    }
  }
}

function nameOf({ stationId, day }: DueAssessment): string {
  return `${stationId} ${day}`;
}

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
