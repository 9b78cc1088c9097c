import kafkajs, {
  type Admin,
  type Consumer,
  type Producer,
  type RetryOptions,
  type logCreator,
} from 'kafkajs';
import Cluster from 'kafkajs/src/cluster/index.js';
import createSocketFactory from 'kafkajs/src/network/socketFactory.js';
import type Broker from 'kafkajs/src/broker/index.js';
import type { Logger } from '@envigate/runtime';
import { TopicMissingError, translated } from './errors.ts';
import { repairKafkajs } from './repair-kafkajs.ts';
import {
  stableOffsetFetch,
  type CommittedOffset,
  topicConfigChange,
  topicIdFetch,
} from './requests.ts';

interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sessionTimeoutMs: number;
  readonly logger: Logger;
}

/**
 * A transaction begun straight after a commit is answered CONCURRENT_TRANSACTIONS for a few
 * milliseconds, and kafkajs waits 300 ms by default: 4 transactions a second. Begin small. In all
 * about 8 s, then the parts above decide.
 */
const patient: RetryOptions = {
  initialRetryTime: 5,
  multiplier: 1.3,
  maxRetryTime: 500,
  retries: 30,
  factor: 0.2,
};

/** For calls that someone waits for, and consumers, which are rebuilt rather than retried. */
const brief: RetryOptions = {
  initialRetryTime: 50,
  multiplier: 2,
  maxRetryTime: 500,
  retries: 4,
  factor: 0.2,
};

/** How long an open transaction of a dead process may hold back the readers of its streams, at most. */
const transactionTimeoutMs = 30_000;
const maxFetchBytes = 8 * 1024 * 1024;
const connectionTimeoutMs = 3_000;
const requestTimeoutMs = 20_000;

/** Makes the parts of kafkajs with the settings that are right for us. */
export class KafkaClient {
  readonly #options: KafkaClientOptions;
  readonly #admin: SharedConnection<Admin>;
  /** For requests that kafkajs has not, or not as we need them. */
  readonly #requests: SharedConnection<Cluster>;

  constructor(options: KafkaClientOptions) {
    repairKafkajs();
    this.#options = options;
    this.#admin = new SharedConnection(
      async () => {
        const admin = this.#kafka(brief).admin({ retry: brief });
        await admin.connect();
        return admin;
      },
      (admin) => admin.disconnect(),
    );
    this.#requests = new SharedConnection(
      async () => {
        const cluster = this.cluster();
        await cluster.connect();
        return cluster;
      },
      (cluster) => cluster.disconnect(),
    );
  }

  get heartbeatMs(): number {
    return Math.max(200, Math.floor(this.#options.sessionTimeoutMs / 6));
  }

  transactionalProducer(transactionalId: string): Producer {
    return this.#kafka(patient).producer({
      transactionalId,
      transactionTimeout: transactionTimeoutMs,
      retry: patient,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
  }

  /** For records whose loss or repetition does no harm. */
  plainProducer(): Producer {
    return this.#kafka(brief).producer({ retry: brief, allowAutoTopicCreation: false });
  }

  /** One Kafka instance each: consumers of one instance share their committed offsets and clear each other's. */
  consumer(groupId: string): Consumer {
    const { sessionTimeoutMs } = this.#options;
    return this.#kafka(brief).consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: this.heartbeatMs,
      rebalanceTimeout: Math.max(sessionTimeoutMs, 20_000),
      maxWaitTimeInMs: 500,
      // A fetch is held until all of it is done, one for each broker. A larger record comes alone.
      maxBytesPerPartition: 2 * 1024 * 1024,
      maxBytes: maxFetchBytes,
      allowAutoTopicCreation: false,
      // Restarting is our supervisor's; kafkajs's own may run beside a consumer that was stopped.
      retry: { ...brief, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** Below the consumer: fetches without a group. */
  cluster(): Cluster {
    return new Cluster({
      logger: this.#kafka(brief).logger(),
      socketFactory: createSocketFactory(),
      brokers: [...this.#options.brokers],
      clientId: this.#options.clientId,
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      metadataMaxAge: 300_000,
      retry: brief,
      allowAutoTopicCreation: false,
      isolationLevel: readCommitted,
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.close(), this.#requests.close()]);
  }

  admin<T>(doing: string, call: (admin: Admin) => Promise<T>): Promise<T> {
    return this.#admin.use(doing, call);
  }

  /** Offsets of the group; undefined while a transaction that moves one is not over, or the coordinator not ready. */
  stableOffsets(groupId: string, topic: string): Promise<CommittedOffset[] | undefined> {
    return this.#requests.use(`reading the position of ${groupId}`, async (cluster) => {
      await cluster.addTargetTopic(topic);
      const partitions = cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => partitionId);
      try {
        const broker = await cluster.findGroupCoordinator({ groupId });
        const request = stableOffsetFetch(groupId, topic, partitions);
        const { responses } = await broker.connectionPool.send(request);
        return responses.flatMap((response) => response.partitions);
      } catch (error) {
        if (isNotYet(error)) return undefined;
        throw error;
      }
    });
  }

  /** The id that the broker gave to a topic when it was made. */
  async topicId(topic: string): Promise<string> {
    const { topicId } = await this.#requests.use(
      `asking for the id of ${topic}`,
      async (cluster) => {
        const broker = await cluster.brokerPool.findConnectedBroker();
        return broker.connectionPool.send(topicIdFetch(topic));
      },
    );
    if (topicId === undefined) throw new TopicMissingError(topic);
    return topicId;
  }

  /** The first offset that is left in a partition, and the one that the next record will have. */
  offsetRange(topic: string, partition: number): Promise<{ start: number; end: number }> {
    return this.#requests.use(`reading the ends of ${topic}`, async (cluster) => {
      await cluster.addTargetTopic(topic);
      const places = cluster.findTopicPartitionMetadata(topic);
      const leader = places.find(({ partitionId }) => partitionId === partition)?.leader ?? -1;
      const broker = await cluster.findBroker({ nodeId: String(leader) });
      const place = { topic, partition };
      return {
        start: await offsetAt(broker, place, earliest, readUncommitted),
        end: await offsetAt(broker, place, latest, readUncommitted),
      };
    });
  }

  async changeTopic(topic: string, settings: ReadonlyMap<string, string>): Promise<void> {
    await this.#requests.use(`changing settings of ${topic}`, async (cluster) => {
      const broker = await cluster.brokerPool.findConnectedBroker();
      await broker.connectionPool.send(topicConfigChange(topic, settings));
    });
  }

  #kafka(retry: RetryOptions): kafkajs.Kafka {
    return new kafkajs.Kafka({
      brokers: [...this.#options.brokers],
      clientId: this.#options.clientId,
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      retry,
      logLevel: kafkajs.logLevel.WARN,
      logCreator: logCreatorFor(this.#options.logger),
    });
  }
}

/** Passes by itself within moments, on the same connection. */
function isNotYet(error: unknown): boolean {
  const { type, name } = error as { type?: unknown; name?: unknown };
  return (
    type === 'UNSTABLE_OFFSET_COMMIT' ||
    type === 'GROUP_LOAD_IN_PROGRESS' ||
    type === 'NOT_COORDINATOR_FOR_GROUP' ||
    name === 'KafkaJSGroupCoordinatorNotFound'
  );
}

/** One connection that many calls share, opened with the first and opened anew after an error. */
class SharedConnection<T> {
  readonly #open: () => Promise<T>;
  readonly #close: (connection: T) => Promise<void>;
  #current: Promise<T> | undefined;

  constructor(open: () => Promise<T>, close: (connection: T) => Promise<void>) {
    this.#open = open;
    this.#close = close;
  }

  /** Rejects with one of our errors, which says what was being done. */
  async use<R>(doing: string, call: (connection: T) => Promise<R>): Promise<R> {
    const fresh = this.#current === undefined;
    const current = (this.#current ??= this.#open());
    try {
      return await call(await current);
    } catch (error) {
      if (this.#current === current) this.#current = undefined;
      current.then(this.#close).catch(() => undefined);
      // That a restarted broker has dropped a connection shows only when it is used.
      if (!fresh) return this.use(doing, call);
      throw translated(doing, error);
    }
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.then(this.#close).catch(() => undefined);
  }
}

export const readUncommitted = 0;
export const readCommitted = 1;

/** Timestamps that stand for the ends of a partition. */
export const latest = -1;
export const earliest = -2;

/** An end of a partition, asked of its leader. */
export async function offsetAt(
  broker: Broker,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  timestamp: typeof latest | typeof earliest,
  isolationLevel: number,
): Promise<number> {
  const topics = [{ topic, partitions: [{ partition, timestamp }] }];
  const { responses } = await broker.listOffsets({ isolationLevel, topics });
  return Number(responses[0]?.partitions[0]?.offset ?? 0);
}

/**
 * Passes kafkajs's log on. The library writes at error what it then retries by itself, so none of
 * it keeps that level: what a person should know is said by the parts that use the client.
 */
function logCreatorFor(logger: Logger): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const message = textOf(log.message);
      const entry = {
        ...log,
        message: undefined,
        timestamp: undefined,
        logger: undefined,
        kafkajs: namespace,
      };
      if (level === kafkajs.logLevel.ERROR && !isNoise(message)) logger.warn(entry, message);
      else logger.debug(entry, message);
    };
}

/** kafkajs logs an Error itself here and there, whatever its types say. */
function textOf(message: unknown): string {
  return message instanceof Error ? message.message : String(message);
}

/** What belongs to every transaction, rebalance or restart of a broker. */
const noise = [
  /another concurrent operation on the same transaction/i, // the trap of begin-after-commit
  /CONCURRENT_TRANSACTIONS/,
  /concurrent transaction/i,
  /Connection (error|timeout)|Closed connection|Failed to connect|Not connected|disconnect/i,
  /Request \w+\(key: .*timed out/i,
  /^Response \w+\(key: /,
  /not aware of this member|rebalanc|not the correct coordinator|coordinator is (loading|not available)/i,
  /producer (attempted|.*epoch)|fenced/i, // an owner that lost its partition; reported by its supervisor
  /does not host this topic-partition|no leader for this topic-partition|not the leader/i,
  /^Crash: |^Restarting the consumer/,
];

function isNoise(message: string): boolean {
  return noise.some((pattern) => pattern.test(message));
}
