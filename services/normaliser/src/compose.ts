import type { RegistrySource } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import type { Service } from '@envigate/runtime';
import { startNormaliser } from './normaliser.ts';
import { events } from './telemetry.ts';

export interface NormaliserShared {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
}

export const normaliser: Service<NormaliserShared> = {
  name: 'normaliser',
  compose: ({ eventLog, registry, config, clock, telemetry, logger }) => ({
    name: 'normaliser',
    async start() {
      const running = await startNormaliser({
        eventLog,
        registry,
        clock,
        emit: telemetry.emitter(events, logger),
        maxBatchRecords: config.eventLog.maxBatchRecords,
      });
      return { value: undefined, failed: running.failed, stop: () => running.stop() };
    },
  }),
};
