import type { RegistrySource } from '@envigate/domain';
import { assessmentStore, type AssessmentStore, type Database } from '@envigate/postgres';
import type { Service, Telemetry } from '@envigate/runtime';
import { startAssessor } from './assessor.ts';
import { events } from './telemetry.ts';

export interface AssessorShared {
  readonly registry: RegistrySource;
  readonly database: Database;
}

export const assessor: Service<AssessorShared> = {
  name: 'assessor',
  compose: ({ registry, database, config, clock, telemetry, logger }) => ({
    name: 'assessor',
    async start() {
      const { checkSeconds, settleSeconds, maxWaitSeconds } = config.assessor;
      const store = assessmentStore(database);
      measureBacklog(telemetry, store);
      const running = await startAssessor({
        registry,
        store,
        clock,
        emit: telemetry.emitter(events, logger),
        checkMs: checkSeconds * 1000,
        settleMs: settleSeconds * 1000,
        mostWaitMs: maxWaitSeconds * 1000,
      });
      return { value: undefined, stop: () => running.stop() };
    },
  }),
};

function measureBacklog(telemetry: Telemetry, store: AssessmentStore): void {
  telemetry.gauge('envigate_assessments_due', 'Days of stations that wait to be assessed.', () =>
    store.backlog().then(({ due }) => due, unknown),
  );
  telemetry.gauge(
    'envigate_assessment_oldest_due_seconds',
    'Time since the longest waiting of them was touched.',
    () => store.backlog().then(({ oldestSeconds }) => oldestSeconds, unknown),
  );
}

/** While the database is away. */
const unknown = (): number => NaN;
