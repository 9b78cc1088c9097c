import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaClient } from './client/kafka-client.ts';
import type { CommittedOffset } from './client/stable-offset-fetch.ts';
import { KafkaUnavailableError } from './errors.ts';

export interface GroupOffset {
  /**
   * Undefined where the group never committed, where the broker has forgotten it, and where kafkajs
   * has put a negative number in its place: it does that when the offset is out of range.
   */
  readonly offset: number | undefined;
  readonly metadata: string;
}

const settleWithinMs = 15_000;
const glanceMs = 200;

/**
 * Offsets of a group, one per partition of the topic, with every transaction that was to move
 * them over. For an owner that has just fenced its predecessors.
 */
export async function settledOffsets(
  client: KafkaClient,
  groupId: string,
  topic: string,
): Promise<GroupOffset[]> {
  const offsets = await stableWithin(settleWithinMs, client, groupId, topic);
  if (offsets === undefined) {
    throw new KafkaUnavailableError(
      `reading the position of ${groupId}`,
      'a transaction is open on it, or its coordinator is not ready',
    );
  }
  return offsets;
}

/** The same from outside: where the group is at work there is always a transaction open, and its last position will do. */
export async function latestOffsets(
  client: KafkaClient,
  groupId: string,
  topic: string,
): Promise<GroupOffset[]> {
  const offsets = await stableWithin(glanceMs, client, groupId, topic);
  if (offsets !== undefined) return offsets;
  const committed = await client.admin(`reading the position of ${groupId}`, (admin) =>
    admin.fetchOffsets({ groupId, topics: [topic] }),
  );
  return committed.flatMap(({ partitions }) => inOrder(partitions));
}

async function stableWithin(
  ms: number,
  client: KafkaClient,
  groupId: string,
  topic: string,
): Promise<GroupOffset[] | undefined> {
  const deadline = performance.now() + ms;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    const offsets = await client.stableOffsets(groupId, topic);
    if (offsets !== undefined) return inOrder(offsets);
    if (performance.now() + waitMs > deadline) return undefined;
    await delay(waitMs);
  }
}

function inOrder(offsets: readonly Omit<CommittedOffset, 'errorCode'>[]): GroupOffset[] {
  return [...offsets]
    .sort((a, b) => a.partition - b.partition)
    .map(({ offset, metadata }) => ({
      offset: Number(offset) < 0 ? undefined : Number(offset),
      metadata: metadata ?? '',
    }));
}
