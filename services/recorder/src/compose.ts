import type { RegistrySource } from '@envigate/domain';
import { streams, type EventLog } from '@envigate/event-log';
import { outboxReader, recordingStore, replayStore, type Database } from '@envigate/postgres';
import type { Service } from '@envigate/runtime';
import { startRecorder } from './recorder.ts';
import { startReplays } from './replays.ts';
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
      const { clockReset } = config.recorder;
      const emit = telemetry.emitter(events, logger);
      const running = await startRecorder({
        eventLog,
        registry,
        store: recordingStore(database),
        clock,
        emit,
        maxBatchRecords: config.eventLog.maxBatchRecords,
        clockReset: clockReset.enabled ? clockReset : undefined,
      });
      const replays = await startReplays({
        eventLog,
        store: replayStore(database),
        outbox: outboxReader(database, streams.files),
        emit,
        logger,
        passSeconds: config.registry.refreshSeconds,
      });
      return {
        value: undefined,
        failed: Promise.race([running.failed, replays.failed]),
        async stop() {
          await replays.stop();
          await running.stop();
        },
      };
    },
  }),
};
