import { setTimeout as delay } from 'node:timers/promises';
import type { StoredRecord, StreamName } from '@envigate/event-log';
import {
  type KafkaClient,
  earliest,
  latest,
  offsetAt,
  readCommitted,
  readUncommitted,
} from './client/kafka-client.ts';
import { KafkaUnavailableError, faultOf, translated } from './client/errors.ts';
import { toStoredRecord, type ReceivedMessage } from './records.ts';

type Cluster = ReturnType<KafkaClient['cluster']>;

interface Range {
  readonly partition: number;
  readonly from: number;
  /** What was written when the scan began, as far as it is visible. */
  readonly end: number;
}

const attempts = 20;
const settleWithinMs = 1_000;
const maxBytes = 4 * 1024 * 1024;

export async function* scanStream(
  client: KafkaClient,
  stream: StreamName,
  topic: string,
  positions: readonly number[],
): AsyncGenerator<StoredRecord> {
  for await (const { partition, message } of scanTopic(client, topic, positions)) {
    yield toStoredRecord(stream, partition, message);
  }
}

interface ScannedMessage {
  readonly partition: number;
  readonly message: ReceivedMessage;
}

/**
 * Reads below the consumer groups, fetch by fetch. Offsets have holes (markers, aborted records),
 * so the end is recognised by offset and not by the last visible record.
 */
export async function* scanTopic(
  client: KafkaClient,
  topic: string,
  positions: readonly number[],
): AsyncGenerator<ScannedMessage> {
  const cluster = client.cluster();
  try {
    const ranges = await withRetry(cluster, `reading the ends of ${topic}`, () =>
      rangesOf(cluster, topic, positions),
    );
    for (const range of ranges) yield* scanPartition(cluster, topic, range);
  } finally {
    await cluster.disconnect();
  }
}

async function rangesOf(
  cluster: Cluster,
  topic: string,
  positions: readonly number[],
): Promise<Range[]> {
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  const places = cluster.findTopicPartitionMetadata(topic);
  const ranges = places.map(async ({ partitionId: partition, leader }) => {
    const broker = await cluster.findBroker({ nodeId: String(leader) });
    const place = { topic, partition };
    const start = await offsetAt(broker, place, earliest, readCommitted);
    const end = await stableEnd((isolation) => offsetAt(broker, place, latest, isolation));
    return { partition, from: Math.max(positions[partition] ?? 0, start), end };
  });
  return (await Promise.all(ranges)).sort((a, b) => a.partition - b.partition);
}

/**
 * A commit is acknowledged a moment before its records become visible. So that a scan sees what
 * was appended before it, it waits for the transactions that were open, but not for one that
 * somebody left behind.
 */
async function stableEnd(endOf: (isolationLevel: number) => Promise<number>): Promise<number> {
  const written = await endOf(readUncommitted);
  const deadline = performance.now() + settleWithinMs;
  for (;;) {
    const visible = await endOf(readCommitted);
    if (visible >= written || performance.now() > deadline) return Math.min(visible, written);
    await delay(5);
  }
}

async function* scanPartition(
  cluster: Cluster,
  topic: string,
  { partition, from, end }: Range,
): AsyncGenerator<ScannedMessage> {
  for (let at = from; at < end;) {
    const fetchOffset = at;
    const messages = await withRetry(cluster, `scanning ${topic}`, async () => {
      const fetched = await fetchFrom(cluster, topic, partition, fetchOffset);
      if (fetched.length === 0)
        throw new Error(`nothing at offset ${fetchOffset}, the end is ${end}`);
      return fetched;
    });
    for (const message of messages) {
      const offset = Number(message.offset);
      if (offset < at) continue; // a fetch begins with the whole record batch
      if (offset >= end) return;
      at = offset + 1;
      if (!message.isControlRecord) yield { partition, message };
    }
  }
}

async function fetchFrom(cluster: Cluster, topic: string, partition: number, offset: number) {
  const place = cluster
    .findTopicPartitionMetadata(topic)
    .find(({ partitionId }) => partitionId === partition);
  const broker = await cluster.findBroker({ nodeId: String(place?.leader ?? -1) });
  const { responses } = await broker.fetch({
    isolationLevel: readCommitted,
    maxWaitTime: 500,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
  });
  return responses.flatMap(({ partitions }) => partitions.flatMap(({ messages }) => messages));
}

async function withRetry<T>(cluster: Cluster, doing: string, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (faultOf(error) === 'lasting') throw translated(doing, error);
      if (attempt === attempts) throw new KafkaUnavailableError(doing, error);
      await delay(Math.min(50 * attempt, 500));
      await cluster.refreshMetadata().catch(() => undefined);
    }
  }
}
