import type { Configuration } from '@envigate/contracts';
import type { JointSilencePolicy, RegistrySource } from '@envigate/domain';
import { streams, type EventLog } from '@envigate/event-log';
import {
  gapStore,
  outboxReader,
  readNotTheStations,
  readStationClocks,
  type Database,
  type GapStore,
} from '@envigate/postgres';
import { cachedRead, type Service, type Telemetry } from '@envigate/runtime';
import { startGapDetector } from './gap-detector.ts';
import { events, gauges } from './telemetry.ts';

export interface GapDetectorShared {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly database: Database;
}

const leastPauseSeconds = 120;
/** It looks at 48 files of each station, those of hours: with thousands of stations too much for each scrape. */
const clocksCachedMs = 60_000;

export const gapDetector: Service<GapDetectorShared> = {
  name: 'gap-detector',
  compose: ({ eventLog, registry, database, config, clock, telemetry, logger }) => ({
    name: 'gap-detector',
    async start() {
      const { checkSeconds, graceMinutes } = config.gapDetector;
      const store = gapStore(database, readNotTheStations(registry));
      countOpenGaps(telemetry, store);
      measureClocks(telemetry, database);
      const running = await startGapDetector({
        eventLog,
        registry,
        store,
        outbox: outboxReader(database, streams.gaps),
        clock,
        emit: telemetry.emitter(events, logger),
        logger,
        graceMinutes,
        jointSilence: jointSilencePolicy(config.gapDetector.jointSilence),
        checkSeconds,
        pauseMs: Math.max(leastPauseSeconds, 3 * checkSeconds) * 1000,
        upstreamGroup: 'normaliser',
        recorderGroup: 'recorder',
        maxBatchRecords: config.eventLog.maxBatchRecords,
      });
      return { value: undefined, failed: running.failed, stop: () => running.stop() };
    },
  }),
};

const minuteMs = 60_000;

function jointSilencePolicy({
  share,
  stations,
  facilities,
  windowMinutes,
  afterMinutes,
}: Configuration['gapDetector']['jointSilence']): JointSilencePolicy {
  const [windowMs, afterMs] = [windowMinutes * minuteMs, afterMinutes * minuteMs];
  return { share, stations, facilities, windowMs, afterMs };
}

function countOpenGaps(telemetry: Telemetry, store: GapStore): void {
  telemetry.gauges(gauges.openGaps, async () => {
    return Array.from(await store.countOpen(), ([level, value]) => ({
      labels: { level },
      value,
    }));
  });
}

function measureClocks(telemetry: Telemetry, database: Database): void {
  const read = cachedRead(() => readStationClocks(database), clocksCachedMs);
  telemetry.gauges(gauges.clockOffset, async () => {
    return Array.from(await read(), ([station, { leastSeconds }]) => ({
      labels: { station },
      value: -leastSeconds,
    }));
  });
}
