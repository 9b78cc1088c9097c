import {
  drainBounds,
  eventLogEvents,
  type EventLog,
  type Running,
  type StoredRecord,
  type StreamName,
} from '@envigate/event-log';
import { Telemetry, type Logger } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import { startDrain } from './drain.ts';
import { LogClosedError } from './errors.ts';
import { PostgresFeed, feedConsumer } from './feed.ts';
import type { LogContext } from './log-context.ts';
import { LogStore } from './log-store.ts';
import { pipeConsumer, startPipe } from './pipe.ts';
import { Tails } from './tails.ts';
import { events, gauges } from './telemetry.ts';
import { Trimmer } from './trimmer.ts';

export interface PostgresEventLogOptions {
  readonly database: Database;
  /** Of new streams. */
  readonly partitions: number;
  /** Records taken in one transaction at most. */
  readonly maxBatchRecords: number;
  /** How long records are kept that every group has taken. */
  readonly retentionHours: number;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
  /** Silence after which an instance loses its partitions to the others. */
  readonly sessionTimeoutMs?: number;
}

const pollMs = 1_000;

/** The event log in the database itself, for one machine. Opens no connection until it is used. */
export function createPostgresEventLog(options: PostgresEventLogOptions): EventLog {
  const { database, partitions, maxBatchRecords, retentionHours } = options;
  const { sessionTimeoutMs = 10_000, telemetry = new Telemetry() } = options;
  const logger = options.logger.child({ eventLog: 'postgres' });
  const emit = telemetry.emitter({ ...eventLogEvents, ...events }, logger);
  const store = new LogStore(database);
  const tails = new Tails(store, database, logger, pollMs);
  const context: LogContext = {
    database,
    store,
    tails,
    emit,
    maxBatchRecords,
    sessionTimeoutMs,
    balanceMs: Math.min(pollMs, sessionTimeoutMs / 5),
  };
  if (options.telemetry !== undefined) exposeLag(options.telemetry, store);
  const trimmer = new Trimmer({ database, retentionHours, emit, logger });
  const running = new Set<Running>();
  const feeds = new Set<PostgresFeed>();
  let closing: Promise<void> | undefined;

  const keep = (start: () => Running): Running => {
    if (closing !== undefined) throw new LogClosedError();
    const work = start();
    running.add(work);
    trimmer.start();
    return { failed: work.failed, stop: () => work.stop().finally(() => running.delete(work)) };
  };

  return {
    prepare: () => store.createStreams(partitions),
    identity: () => store.identity(),
    renew: (_stream, seen) => store.renew(seen),
    async openFeed(name, recalled = 0) {
      if (closing !== undefined) throw new LogClosedError();
      const forget = (feed: PostgresFeed): void => void feeds.delete(feed);
      const feed = await PostgresFeed.open(feedConsumer(name), recalled, context, forget);
      feeds.add(feed);
      return feed;
    },
    feedPosition: async (name) => (await store.position(feedConsumer(name)))?.position ?? 0,
    pipe: async (pipe) => keep(() => startPipe(pipe, context)),
    drain: async (drain) => keep(() => startDrain(drain, context)),
    groupPositions: (group, from) => store.positions(pipeConsumer(group), from),
    scan: (stream, positions) => scan(context, stream, positions),
    partitions: (stream) => store.partitions(stream),
    check: () => database.check(),
    close() {
      closing ??= (async () => {
        await Promise.all([...running].map((work) => work.stop()));
        await Promise.all([...feeds].map((feed) => feed.close()));
        await trimmer.stop();
        await tails.close();
      })();
      return closing;
    },
  };
}

function exposeLag(telemetry: Telemetry, store: LogStore): void {
  telemetry.gauges(gauges.lag, async () => {
    const lags = await store.lags();
    return lags.map(({ consumer, stream, lag }) => ({
      labels: { consumer, stream },
      value: lag,
    }));
  });
}

async function* scan(
  { store, maxBatchRecords }: LogContext,
  stream: StreamName,
  positions: readonly number[],
): AsyncIterable<StoredRecord> {
  const ends = (await store.ends()).filter((end) => end.stream === stream);
  for (const { partition, end } of ends) {
    let position = positions[partition] ?? 0;
    let bytes: number = drainBounds.batchBytes;
    while (position < end) {
      const { records, largerBytes } = await store.read({ stream, partition }, position, {
        records: Math.min(maxBatchRecords, end - position),
        bytes,
      });
      bytes = largerBytes ?? drainBounds.batchBytes;
      if (largerBytes !== undefined) continue;
      const wanted = records.filter((record) => record.offset < end);
      yield* wanted;
      position = wanted.length === 0 ? end : (wanted.at(-1)?.offset ?? end) + 1;
    }
  }
}
