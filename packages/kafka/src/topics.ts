import { setTimeout as delay } from 'node:timers/promises';
import { streams, type StreamName } from '@envigate/event-log';
import { messageOf, type Logger } from '@envigate/runtime';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import type { KafkaClient } from './client/kafka-client.ts';
import type { LogContext } from './log-context.ts';
import type { Names } from './names.ts';
import { maxRecordBytes } from './records.ts';

interface TopicOptions {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionHours: number;
}

/** With growing waits, together some ten seconds. */
const knownAttempts = 20;

interface WantedTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * Makes the topics that do not exist yet, and brings the settings of the others to what is wanted;
 * another process may do the same at the same time.
 */
export async function prepareTopics(
  { client, names, emit, logger }: Pick<LogContext, 'client' | 'names' | 'emit' | 'logger'>,
  options: TopicOptions,
): Promise<void> {
  const wanted = wantedTopics(names, options);
  const { replicationFactor } = options;
  const existing = await client.admin('making topics', async (admin) => {
    const known = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !known.has(topic));
    if (missing.length > 0) {
      await createTopics(
        admin,
        missing.map((each) => newTopic(each, replicationFactor)),
      );
    }
    return wanted.filter(({ topic }) => known.has(topic));
  });
  for (const topic of existing) await alignTopic(client, topic, emit, logger);
}

function wantedTopics(names: Names, { partitions, retentionHours }: TopicOptions): WantedTopic[] {
  // The broker's clock: a gateway whose own is wrong would otherwise have its records removed at
  // once, or refused.
  const timestamps = ['message.timestamp.type', 'LogAppendTime'] as const;
  const ofStream = new Map([
    timestamps,
    ['retention.ms', String(Math.round(retentionHours * 3_600_000))],
    ['max.message.bytes', String(maxRecordBytes)],
  ]);
  const ofState = new Map([
    timestamps,
    ['cleanup.policy', 'compact'],
    // Small, so that compaction comes to it: it is read as a whole.
    ['segment.bytes', String(1024 * 1024)],
    ['segment.ms', String(3_600_000)],
    ['min.cleanable.dirty.ratio', '0.1'],
  ]);
  return [
    ...Object.values(streams).map((stream) => ({
      ...{ topic: names.topic(stream), partitions, settings: ofStream },
    })),
    { topic: names.feedsTopic, partitions: 1, settings: new Map() },
    { topic: names.stateTopic, partitions: 1, settings: ofState },
  ];
}

function newTopic(
  { topic, partitions, settings }: WantedTopic,
  replicationFactor: number,
): ITopicConfig {
  return {
    topic,
    numPartitions: partitions,
    replicationFactor,
    configEntries: [
      ...Array.from(settings, ([name, value]) => ({ name, value })),
      // With three copies an acknowledged record survives the loss of any one broker, and writing goes on.
      ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
    ],
  };
}

/** Describing and changing topics are rights of their own; without them the log works as it is. */
async function alignTopic(
  client: KafkaClient,
  { topic, settings }: WantedTopic,
  emit: LogContext['emit'],
  logger: Logger,
): Promise<void> {
  if (settings.size === 0) return;
  const found = await readSettings(client, topic, [...settings.keys()]).catch((error: unknown) => {
    logger.debug({ err: error, topic }, 'settings of a topic cannot be read');
    return new Map<string, string>();
  });
  for (const [setting, wanted] of settings) {
    const from = found.get(setting);
    if (from === undefined || from === wanted) continue;
    try {
      await client.changeTopic(topic, new Map([[setting, wanted]]));
      emit('topic-setting-changed', { topic, setting, from, to: wanted });
    } catch (error) {
      const report = { topic, setting, found: from, wanted };
      emit('topic-setting-differs', { ...report, error: messageOf(error) });
    }
  }
}

async function readSettings(
  client: KafkaClient,
  topic: string,
  configNames: string[],
): Promise<Map<string, string>> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const { resources } = await client.admin(`reading the settings of ${topic}`, (admin) =>
    admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name: topic, configNames }],
    }),
  );
  const entries = resources.flatMap(({ configEntries }) => configEntries);
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
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
