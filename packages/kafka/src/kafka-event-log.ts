import { hostname } from 'node:os';
import { eventLogEvents, type EventLog, type Running } from '@envigate/event-log';
import { Telemetry, withDeadline, type Logger, pause } from '@envigate/runtime';
import { KafkaClient } from './client/kafka-client.ts';
import { startDrain, pipePositions, startPipe } from './consumers.ts';
import { KafkaUnavailableError } from './client/errors.ts';
import { KafkaFeed, feedPosition } from './feed.ts';
import { type LogContext, events } from './log-context.ts';
import { LogIdentity, PositionCopies, StateTopic } from './state-topic.ts';
import { namesFor } from './names.ts';
import { scanStream } from './scan.ts';
import { partitionCount, prepareTopics } from './topics.ts';

export interface KafkaEventLogOptions {
  /** host:port of bootstrap brokers. */
  readonly brokers: readonly string[];
  /** Put before every topic, group and transactional id. */
  readonly topicPrefix: string;
  /** Of new topics. */
  readonly partitions: number;
  /** Of new topics; -1 takes the broker's default. */
  readonly replicationFactor: number;
  /** Records in one transaction at most. */
  readonly maxBatchRecords: number;
  /** Silence after which a consumer loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** How long topics keep records, consumed or not. Default 30 days. */
  readonly retentionHours?: number;
  /** How often a silent feed says its position again. Default a day. */
  readonly positionRefreshHours?: number;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
}

const checkWithinMs = 2_000;
const copyEveryMs = 60_000;
const closeCopiesWithinMs = 3_000;

/** The event log on Apache Kafka 4.0 or later. Opens no connection until it is used. */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const logger = options.logger.child({ eventLog: 'kafka' });
  const client = new KafkaClient({
    brokers: options.brokers,
    clientId: `envigate-${hostname()}-${process.pid}`,
    sessionTimeoutMs: options.sessionTimeoutMs,
    logger,
  });
  const names = namesFor(options.topicPrefix);
  const { positionRefreshHours = 24, telemetry = new Telemetry() } = options;
  const emit = telemetry.emitter({ ...eventLogEvents, ...events }, logger);
  const state = new StateTopic(client, names.stateTopic);
  const identity = new LogIdentity(client, names, state);
  const copies = new PositionCopies(state, logger, copyEveryMs);
  const context: LogContext = {
    ...{ client, names, identity, copies, logger, emit },
    maxBatchRecords: options.maxBatchRecords,
    refreshMs: positionRefreshHours * 3_600_000,
  };
  const running = new Set<Running>();
  const feeds = new Set<KafkaFeed>();

  const kept = (work: Running): Running => {
    running.add(work);
    return {
      failed: work.failed,
      stop: () => work.stop().finally(() => running.delete(work)),
    };
  };

  return {
    prepare: () => prepareTopics(context, { retentionHours: 30 * 24, ...options }),

    identity: (stream) => identity.of(stream),

    renew: (stream, seen) => identity.renew(stream, seen),

    async openFeed(name, recalled = 0) {
      const forget = (feed: KafkaFeed): void => void feeds.delete(feed);
      const feed = await KafkaFeed.open(name, recalled, context, forget);
      feeds.add(feed);
      return feed;
    },

    feedPosition: (name) => feedPosition(name, context),

    pipe: (pipe) => Promise.resolve(kept(startPipe(pipe, context))),

    drain: (drain) => Promise.resolve(kept(startDrain(drain, context))),

    groupPositions: (group, from) => pipePositions(group, from, context),

    scan: (stream, positions) => scanStream(client, stream, names.topic(stream), positions),

    partitions: (stream) => partitionCount(client, names, stream),

    async check() {
      const timeout = new AbortController();
      const late = pause(checkWithinMs, timeout.signal).then(() => {
        throw new KafkaUnavailableError(
          'asking for the cluster',
          `no answer in ${checkWithinMs} ms`,
        );
      });
      try {
        await Promise.race([
          late,
          client.admin('asking for the cluster', (admin) => admin.describeCluster()),
        ]);
      } finally {
        timeout.abort();
        late.catch(() => undefined);
      }
    },

    async close() {
      await Promise.all([...running].map((work) => work.stop()));
      await Promise.all([...feeds].map((feed) => feed.close()));
      // Brokers that are away are not waited for: a copy that lags costs a repetition.
      const copied = withDeadline(
        copies.close(),
        closeCopiesWithinMs,
        'copying positions',
        () => undefined,
      );
      await copied.catch((error: unknown) =>
        logger.debug({ err: error }, 'positions are not copied'),
      );
      await state.close();
      await client.close();
    },
  };
}
