import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { streams } from '@envigate/event-log';
import { silentLogger } from '@envigate/runtime';
import kafkajs from 'kafkajs';
import type { KafkaClient } from './client/kafka-client.ts';
import { namesFor, type Names } from './names.ts';
import { describeWithKafka } from './testing/describe-with-kafka.ts';
import { deleteTopics, testBrokers, testClient } from './testing/test-client.ts';
import { prepareTopics } from './topics.ts';

jest.setTimeout(60_000);

const wanted = { partitions: 2, replicationFactor: 1, retentionHours: 48 };

describeWithKafka('topics', () => {
  let prefix: string;
  let names: Names;
  let client: KafkaClient;
  let emitted: { name: string; payload: object }[];

  beforeEach(() => {
    prefix = `test-${randomUUID().slice(0, 8)}.`;
    names = namesFor(prefix);
    client = testClient();
    emitted = [];
  });

  afterEach(async () => {
    await client.close();
    await deleteTopics(prefix);
  });

  const prepare = () =>
    prepareTopics(
      {
        client,
        names,
        logger: silentLogger(),
        emit: (name, payload) => void emitted.push({ name, payload }),
      },
      wanted,
    );

  async function settingsOf(topic: string): Promise<Record<string, string>> {
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    const { resources } = await client.admin('reading settings', (admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name: topic }] }),
    );
    return Object.fromEntries(
      resources.flatMap(({ configEntries }) =>
        configEntries.map(({ configName, configValue }) => [configName, configValue]),
      ),
    );
  }

  const asWanted = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '172800000' };

  test('that are new keep records for the time that is set, by the clock of the broker', async () => {
    await prepare();
    for (const stream of Object.values(streams)) {
      expect(await settingsOf(names.topic(stream))).toMatchObject(asWanted);
    }
    expect(await settingsOf(names.stateTopic)).toMatchObject({
      'message.timestamp.type': 'LogAppendTime',
      'cleanup.policy': 'compact',
    });
    await prepare();
    expect(emitted).toEqual([]);
  });

  test('that somebody made with other settings are altered, and each change is reported', async () => {
    const topic = names.topic(streams.files);
    await client.admin('making a topic', (admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            ...{ topic, numPartitions: 1, replicationFactor: 1 },
            configEntries: [
              { name: 'message.timestamp.type', value: 'CreateTime' },
              { name: 'retention.ms', value: '3600000' },
              { name: 'segment.ms', value: '7200000' },
            ],
          },
        ],
      }),
    );
    await prepare();
    // Settings that we do not manage keep their values.
    expect(await settingsOf(topic)).toMatchObject({ ...asWanted, 'segment.ms': '7200000' });
    const changes = emitted.map(({ payload }) => payload);
    expect(new Set(emitted.map(({ name }) => name))).toEqual(new Set(['topic-setting-changed']));
    expect(changes).toEqual(
      expect.arrayContaining([
        {
          ...{ topic, setting: 'message.timestamp.type' },
          ...{ from: 'CreateTime', to: 'LogAppendTime' },
        },
        { topic, setting: 'retention.ms', from: '3600000', to: '172800000' },
      ]),
    );
  });

  test('are not altered by a producer whose clock is years behind', async () => {
    await prepare();
    const topic = names.topic(streams.files);
    const kafka = new kafkajs.Kafka({ brokers: testBrokers(), logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    const before = Date.now();
    const [sent] = await producer.send({
      topic,
      messages: [{ value: 'x', partition: 0, timestamp: String(Date.UTC(2000)) }],
    });
    await producer.disconnect();
    // A minute for brokers on other machines.
    expect(Number(sent?.logAppendTime)).toBeGreaterThan(before - 60_000);
  });
});
