import type { RegistrySource } from '@envigate/domain';
import { streams, type EventLog } from '@envigate/event-log';
import {
  countMonthsAhead,
  makeMonths,
  measureClockOffset,
  outboxReader,
  recordingStore,
  replayStore,
  type Database,
  type MonthsLook,
} from '@envigate/postgres';
import {
  Scope,
  type Service,
  ticker,
  type Component,
  type Emit,
  type Logger,
  type Telemetry,
} from '@envigate/runtime';
import { startRecorder } from './recorder.ts';
import { startReplays } from './replays.ts';
import { events, gauges } from './telemetry.ts';

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
      telemetry.gauge(gauges.clockOffset, () => measureClockOffset(database, clock));
      const months = new Scope();
      await months.start(
        monthMaker({
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

interface MonthsParts {
  /** Makes the months of the record that are missing. */
  readonly make: () => Promise<MonthsLook>;
  readonly countAhead: () => Promise<number>;
  readonly emit: Emit<typeof events>;
  readonly telemetry: Pick<Telemetry, 'gauge'>;
  readonly logger: Logger;
}

/** Weeks remain for another try, as months are made long before their time. */
const everySeconds = 3_600;

/** Keeps the months of the record made ahead. Each recorder tries; one at a time makes them. */
export function monthMaker(parts: MonthsParts): Component<void> {
  const { make, countAhead, emit, telemetry, logger } = parts;
  telemetry.gauge(gauges.monthsAhead, countAhead);
  const work = async (): Promise<void> => {
    const { made, busy } = await make();
    for (const { partition, movedRows } of made) emit('month-made', { partition, movedRows });
    if (busy.length > 0) emit('months-delayed', { tables: busy });
  };
  return ticker({ name: 'months', everySeconds, logger, work });
}
