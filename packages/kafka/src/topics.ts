import { setTimeout as delay } from 'node:timers/promises';
import { streams, type StreamName } from '@envigate/event-log';
import type { Logger } from '@envigate/runtime';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import type { KafkaClient } from './client/kafka-client.ts';
import type { Names } from './names.ts';
import { maxRecordBytes } from './records.ts';

export interface TopicOptions {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionHours: number;
}

/** With growing waits, together some ten seconds. */
const knownAttempts = 20;

/** Makes the topics that do not exist yet; another process may do the same at the same time. */
export async function prepareTopics(
  client: KafkaClient,
  names: Names,
  options: TopicOptions,
  logger: Logger,
): Promise<void> {
  const wanted: ITopicConfig[] = [
    ...Object.values(streams).map((stream) => streamTopic(names.topic(stream), options)),
    { topic: names.feedsTopic, numPartitions: 1, replicationFactor: options.replicationFactor },
  ];
  await client.admin('making topics', async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) await createTopics(admin, missing);
    await warnOfShortOffsets(admin, logger);
  });
}

export async function partitionCount(
  client: KafkaClient,
  names: Names,
  stream: StreamName,
): Promise<number> {
  const topic = names.topic(stream);
  const { topics } = await client.admin(`reading the partitions of ${topic}`, (admin) =>
    admin.fetchTopicMetadata({ topics: [topic] }),
  );
  return topics[0]?.partitions.length ?? 0;
}

function streamTopic(topic: string, options: TopicOptions): ITopicConfig {
  const { partitions, replicationFactor, retentionHours } = options;
  return {
    topic,
    numPartitions: partitions,
    replicationFactor,
    configEntries: [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: String(Math.round(retentionHours * 3_600_000)) },
      { name: 'max.message.bytes', value: String(maxRecordBytes) },
      // With three copies an acknowledged record survives the loss of any one broker, and writing goes on.
      ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
    ],
  };
}

async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  try {
    await admin.createTopics({ topics, waitForLeaders: false, timeout: 10_000 });
  } catch (error) {
    if (!otherwiseMadeByAnother(error)) throw error;
  }
  await untilKnown(admin, topics);
}

/**
 * A busy broker may not know a topic for a moment after it said that it was made: kafkajs, when
 * asked to wait for the leaders, gives up on that, and does not wait where another process made
 * one of the topics.
 */
async function untilKnown(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) });
      return;
    } catch (error) {
      if (attempt === knownAttempts || (error as { retriable?: boolean }).retriable !== true) {
        throw error;
      }
      await delay(attempt * 50);
    }
  }
}

function otherwiseMadeByAnother(error: unknown): boolean {
  const errors: unknown = (error as { errors?: unknown }).errors ?? [error];
  return (
    Array.isArray(errors) &&
    errors.every((each: unknown) => (each as { type?: unknown }).type === 'TOPIC_ALREADY_EXISTS')
  );
}

const minOffsetRetentionMinutes = 30 * 24 * 60;

/**
 * The positions of pipes and feeds are offsets of groups, and a broker forgets those of a group
 * that was silent for offsets.retention.minutes (7 days by default). A gateway that was off for
 * longer would begin again and publish twice.
 */
async function warnOfShortOffsets(admin: Admin, logger: Logger): Promise<void> {
  const name = 'offsets.retention.minutes';
  try {
    const { controller } = await admin.describeCluster();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.BROKER,
          name: String(controller ?? 0),
          configNames: [name],
        },
      ],
    });
    const minutes = Number(resources[0]?.configEntries[0]?.configValue);
    if (minutes < minOffsetRetentionMinutes) {
      logger.warn(
        { setting: name, minutes, recommended: minOffsetRetentionMinutes },
        'the broker forgets positions too early',
      );
    }
  } catch {
    // Reading the broker's settings is a right of its own; without it nothing can be said.
  }
}
