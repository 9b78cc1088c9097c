import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '@envigate/runtime';
import { KafkaClient } from '../client/kafka-client.ts';

/** Deletes what a test has made, so that a broker lasts for many tests. */
export async function deleteTopics(prefix: string): Promise<void> {
  const client = testClient();
  try {
    await client.admin('deleting test topics', async (admin) => {
      const left = async (): Promise<string[]> =>
        (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
      const topics = await left();
      if (topics.length > 0) await admin.deleteTopics({ topics });
      // A busy broker lists them for a moment after it said that they were deleted.
      while ((await left()).length > 0) await delay(20);
    });
  } finally {
    await client.close();
  }
}

/** Removes the records of a partition before an offset, as retention does. */
export async function deleteRecords(
  topic: string,
  partition: number,
  offset: number,
): Promise<void> {
  const client = testClient();
  try {
    await client.admin('deleting records', async (admin) => {
      await admin.fetchTopicOffsets(topic); // kafkajs looks for the leader in what this has loaded
      await admin.deleteTopicRecords({
        topic,
        partitions: [{ partition, offset: String(offset) }],
      });
    });
  } finally {
    await client.close();
  }
}

export function testClient(): KafkaClient {
  return new KafkaClient({
    brokers: testBrokers(),
    clientId: 'test',
    sessionTimeoutMs: 6_000,
    logger: silentLogger(),
  });
}

export function testBrokers(): string[] {
  return (process.env['KAFKA_BROKERS'] ?? '').split(',').filter((each) => each !== '');
}
