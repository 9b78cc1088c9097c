import type { RegistrySource } from '@envigate/domain';
import { assessmentStore, type AssessmentStore, type Database } from '@envigate/postgres';
import { sharedRead, type Service, type Telemetry } from '@envigate/runtime';
import { startAssessor } from './assessor.ts';
import { events, gauges } from './telemetry.ts';

export interface AssessorShared {
  readonly registry: RegistrySource;
  readonly database: Database;
}

export const assessor: Service<AssessorShared> = {
  name: 'assessor',
  compose: ({ registry, database, config, telemetry, logger }) => ({
    name: 'assessor',
    async start() {
      const { checkSeconds, settleSeconds, maxWaitSeconds } = config.assessor;
      const store = assessmentStore(database);
      measureBacklog(telemetry, store);
      const running = await startAssessor({
        registry,
        store,
        emit: telemetry.emitter(events, logger),
        checkMs: checkSeconds * 1000,
        settleMs: settleSeconds * 1000,
        mostWaitMs: maxWaitSeconds * 1000,
      });
      return { value: undefined, failed: running.failed, stop: () => running.stop() };
    },
  }),
};

function measureBacklog(telemetry: Telemetry, store: AssessmentStore): void {
  const backlog = sharedRead(() => store.backlog());
  telemetry.gauge(gauges.due, async () => (await backlog()).due);
  telemetry.gauge(gauges.oldestDue, async () => (await backlog()).oldestSeconds);
}
