import type { RegistrySource } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import { recordingStore, type Database } from '@envigate/postgres';
import type { Service } from '@envigate/runtime';
import { startRecorder } from './recorder.ts';
import { events } from './telemetry.ts';

export interface RecorderShared {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly database: Database;
}

export const recorder: Service<RecorderShared> = {
  name: 'recorder',
  compose: ({ eventLog, registry, database, config, clock, telemetry, logger }) => ({
    name: 'recorder',
    async start() {
      const running = await startRecorder({
        eventLog,
        registry,
        store: recordingStore(database),
        clock,
        emit: telemetry.emitter(events, logger),
        maxBatchRecords: config.eventLog.maxBatchRecords,
      });
      return { value: undefined, failed: running.failed, stop: () => running.stop() };
    },
  }),
};
