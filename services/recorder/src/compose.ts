import type { Configuration } from '@envigate/contracts';
import type { RegistrySource } from '@envigate/domain';
import { streams, type EventLog } from '@envigate/event-log';
import {
  countMonthsAhead,
  listDueForArchive,
  makeMonths,
  measureClockOffset,
  outboxReader,
  recordingStore,
  removeAssessmentHistory,
  replayStore,
  type Database,
  type MonthsLook,
  type RemovedHistory,
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
      await months.start(
        retention({
          due: () => listDueForArchive(database, config.retention.record.keepMonths),
          removeHistory: () => removeHistory(database, config),
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

interface RetentionParts {
  /** Months that are to be archived; the oldest first. */
  readonly due: () => Promise<readonly { readonly name: string }[]>;
  /** Removes what the configuration names as not worth an archive. */
  readonly removeHistory: () => Promise<readonly RemovedHistory[]>;
  readonly emit: Emit<typeof events>;
  readonly telemetry: Pick<Telemetry, 'gauge'>;
  readonly logger: Logger;
}

/**
 * Reports what is due for an archive; never removes it. Writing an archive takes hours, a disk and a person who keeps it:
 * that is a command, which a timer may run.
 */
export function retention(parts: RetentionParts): Component<void> {
  const { due, removeHistory, emit, telemetry, logger } = parts;
  telemetry.gauge(gauges.monthsDueForArchive, async () => (await due()).length);
  let reported = '';
  const work = async (): Promise<void> => {
    const months = (await due()).map(({ name }) => name);
    // Once for each list, not each hour.
    if (months.length > 0 && months.join() !== reported) emit('archive-due', { months });
    reported = months.join();
    for (const { partition, rows } of await removeHistory())
      emit('assessment-history-removed', { partition, rows });
  };
  return ticker({ name: 'retention', everySeconds, logger, work });
}

async function removeHistory(
  database: Database,
  { retention: { assessmentHistory } }: Configuration,
): Promise<readonly RemovedHistory[]> {
  const { removeAfterMonths } = assessmentHistory;
  if (removeAfterMonths === undefined) return [];
  return (await removeAssessmentHistory(database, removeAfterMonths)) ?? [];
}
