import {
  drainBounds,
  eventLogEvents,
  type EventLog,
  type Running,
  type StoredRecord,
  type StreamName,
  isRetryable,
  type Feed,
  type OutgoingRecord,
} from '@envigate/event-log';
import { Backoff, Mutex, Telemetry, type Logger } from '@envigate/runtime';
import type { Database } from '../connection/database.ts';
import { startDrain, pipeConsumer, startPipe } from './consumers.ts';
import type { LogContext } from './group-worker.ts';
import { LogStore, Cursor, type Consumer } from './log-store.ts';
import { Tails } from './tails.ts';
import { events, gauges } from './telemetry.ts';
import { Trimmer } from './trimmer.ts';
import { refuseImpossible } from './statements.ts';

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

function feedConsumer(name: string): Consumer {
  return { name: `feed:${name}`, stream: '', partition: 0 };
}

/** Appends one after the other, each waiting out passing faults until the feed is closed. */
class PostgresFeed implements Feed {
  readonly #cursor: Cursor;
  readonly #onClosed: (feed: PostgresFeed) => void;
  readonly #closing = new AbortController();
  readonly #appends = new Mutex();

  private constructor(cursor: Cursor, onClosed: (feed: PostgresFeed) => void) {
    this.#cursor = cursor;
    this.#onClosed = onClosed;
  }

  /** `onClosed` is called with the feed once it was closed, so that nobody keeps it longer. */
  static async open(
    consumer: Consumer,
    recalled: number,
    { store, tails, emit }: LogContext,
    onClosed: (feed: PostgresFeed) => void,
  ): Promise<PostgresFeed> {
    const cursor = await Cursor.claim(store, consumer, (ends) => tails.announce(ends));
    if (cursor.isNew && recalled > 0) {
      emit('position-recalled', { of: consumer.name, position: recalled });
      await cursor.commit([], recalled);
    }
    return new PostgresFeed(cursor, onClosed);
  }

  get position(): number {
    return this.#cursor.position;
  }

  append(records: readonly OutgoingRecord[], position: number): Promise<void> {
    return this.#appends.run(() => this.#append(records, position));
  }

  /** An append that waits for the database is given up: it may or may not have happened. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#appends.idle();
    this.#onClosed(this);
  }

  async #append(records: readonly OutgoingRecord[], position: number): Promise<void> {
    refuseImpossible(records);
    const backoff = new Backoff();
    for (;;) {
      if (this.#closing.signal.aborted) throw new LogClosedError();
      try {
        await this.#cursor.commit(records, position);
        return;
      } catch (error) {
        if (!isRetryable(error) || this.#closing.signal.aborted) throw error;
        await backoff.wait(this.#closing.signal);
      }
    }
  }
}

class LogClosedError extends Error {
  readonly code = 'closed';
  readonly retryable = false;

  constructor() {
    super('the event log was closed');
    this.name = 'LogClosedError';
  }
}
