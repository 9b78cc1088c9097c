import type Broker from 'kafkajs/src/broker/index.js';

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
