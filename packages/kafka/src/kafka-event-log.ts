import { hostname } from 'node:os';
import type { EventLog, Running } from '@envigate/event-log';
import type { Logger } from '@envigate/runtime';
import { pause } from './backoff.ts';
import { KafkaClient } from './client/kafka-client.ts';
import { startDrain } from './drain.ts';
import { KafkaUnavailableError } from './errors.ts';
import { KafkaFeed, feedPosition } from './feed.ts';
import { latestOffsets } from './group-offsets.ts';
import type { LogContext } from './log-context.ts';
import { namesFor } from './names.ts';
import { startPipe } from './pipe.ts';
import { scanTopic } from './scan.ts';
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
  /** How long new topics keep records, consumed or not. Default 30 days. */
  readonly retentionHours?: number;
  readonly logger: Logger;
}

const checkWithinMs = 2_000;

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
  const context: LogContext = { client, names, maxBatchRecords: options.maxBatchRecords, logger };
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
    prepare: () => prepareTopics(client, names, { retentionHours: 30 * 24, ...options }, logger),

    async openFeed(name) {
      const feed = await KafkaFeed.open(name, context, (closed) => feeds.delete(closed));
      feeds.add(feed);
      return feed;
    },

    feedPosition: (name) => feedPosition(name, context),

    pipe: (pipe) => Promise.resolve(kept(startPipe(pipe, context))),

    drain: (drain) => Promise.resolve(kept(startDrain(drain, context))),

    async groupPositions(group, from) {
      const offsets = await latestOffsets(client, names.group(group, from), names.topic(from));
      return offsets.map(({ offset }) => offset);
    },

    scan: (stream, positions) => scanTopic(client, stream, names.topic(stream), positions),

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
        late.catch(() => undefined);
        timeout.abort(new Error('answered'));
      }
    },

    async close() {
      await Promise.all([...running].map((work) => work.stop()));
      await Promise.all([...feeds].map((feed) => feed.close()));
      await client.close();
    },
  };
}
