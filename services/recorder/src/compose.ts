import type { RegistrySource } from '@envigate/domain';
import { streams, type EventLog } from '@envigate/event-log';
import {
  countMonthsAhead,
  makeMonths,
  outboxReader,
  recordingStore,
  replayStore,
  type Database,
} from '@envigate/postgres';
import { Scope, type Service } from '@envigate/runtime';
import { monthsAhead } from './months.ts';
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
      const months = new Scope();
      await months.start(
        monthsAhead({
          make: () => makeMonths(database, config.recorder.monthsAhead),
          countAhead: () => countMonthsAhead(database),
          ...{ emit, telemetry, logger },
        }),
      );
      return {
        value: undefined,
        failed: Promise.race([running.failed, replays.failed, months.failed]),
        async stop() {
          await months.stop();
          await replays.stop();
          await running.stop();
        },
      };
    },
  }),
};
