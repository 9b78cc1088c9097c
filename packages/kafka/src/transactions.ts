import { setTimeout as delay } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import { FencedError, type OutgoingRecord, type StreamName } from '@envigate/event-log';
import type { KafkaClient } from './client/kafka-client.ts';
import { faultOf, translated, KafkaUnavailableError } from './client/errors.ts';
import { inSends, toTopicMessages } from './records.ts';
import type { CommittedOffset } from './client/requests.ts';

/** A place in a topic partition that a group has reached, moved in the same transaction as records. */
interface GroupPosition {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string;
}

/**
 * Writes transactions, one at a time and so in order, on several transactional producers in turn:
 * after a commit the broker needs a few milliseconds before the same id may begin again.
 *
 * After any error the outcome of the transaction is unknown and the writer is of no more use:
 * open a new one, which aborts or finishes what this one left, then read the position.
 */
export class TransactionalWriter {
  readonly #producers: readonly Producer[];
  readonly #topicOf: (stream: StreamName) => string;
  #turn = 0;

  private constructor(producers: readonly Producer[], topicOf: (stream: StreamName) => string) {
    this.#producers = producers;
    this.#topicOf = topicOf;
  }

  /**
   * Fences every earlier holder of the ids, on any machine: when this resolves, their open
   * transactions are aborted or, where the commit was under way, finished.
   *
   * The first id comes before the others, and every writer begins with it. So of two that take
   * the ids over at once, the one that lost the first cannot write, whatever it has of the others:
   * otherwise it might move the position after the winner had read it.
   */
  static async open(
    client: Pick<KafkaClient, 'transactionalProducer'>,
    transactionalIds: readonly string[],
    topicOf: (stream: StreamName) => string,
  ): Promise<TransactionalWriter> {
    const producers = transactionalIds.map((id) => client.transactionalProducer(id));
    const writer = new TransactionalWriter(producers, topicOf);
    try {
      const [first, ...others] = producers;
      if (first !== undefined) await initialise(first);
      await Promise.all(others.map(initialise));
      return writer;
    } catch (error) {
      await writer.close();
      throw translated('taking over transactional ids', error);
    }
  }

  /** Transactional ids, which are used in turn. */
  get ids(): number {
    return this.#producers.length;
  }

  /** Publishes the records and moves the position, visible together. */
  async write(records: readonly OutgoingRecord[], position: GroupPosition): Promise<void> {
    const producer = this.#producers[this.#turn % this.#producers.length];
    if (producer === undefined) throw new Error('a writer needs a transactional id');
    this.#turn += 1;
    try {
      const transaction = await producer.transaction();
      // Side by side, which saves a quarter of the time; both are to have ended before the commit.
      const parts = await Promise.allSettled([
        this.#send(transaction, records),
        sendPosition(transaction, position),
      ]);
      for (const part of parts) if (part.status === 'rejected') throw part.reason as Error;
      await transaction.commit();
    } catch (error) {
      if (faultOf(error) === 'fenced') throw new FencedError(position.groupId, { cause: error });
      throw translated(`writing for ${position.groupId}`, error);
    }
  }

  async #send(transaction: Transaction, records: readonly OutgoingRecord[]): Promise<void> {
    for (const send of inSends(records)) {
      const topicMessages = toTopicMessages(send, this.#topicOf);
      await transaction.sendBatch({ acks: -1, topicMessages });
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#producers.map((producer) => producer.disconnect()));
  }
}

/** kafkajs initialises an id with its first transaction; an empty one is never seen by the broker. */
async function initialise(producer: Producer): Promise<void> {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
}

const maxPositionAttempts = 30;

/** kafkajs does not repeat this request, which meets CONCURRENT_TRANSACTIONS as often as the records do. */
async function sendPosition(transaction: Transaction, position: GroupPosition): Promise<void> {
  const { groupId, topic, partition, offset, metadata = '' } = position;
  // kafkajs's type lacks the metadata, which the protocol and its encoder have.
  const place = { partition, offset: String(offset), metadata };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic, partitions: [place] }],
      });
      return;
    } catch (error) {
      if (attempt === maxPositionAttempts || (error as { retriable?: unknown }).retriable !== true)
        throw error;
      await delay(Math.min(5 * 1.3 ** attempt, 500));
    }
  }
}

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
