import type { FetchedMessage, FetchResponse } from 'kafkajs/src/broker/index.js';

type Partition = FetchResponse['responses'][number]['partitions'][number];

const logStarts = new WeakMap<readonly FetchedMessage[], number>();

/** Remembers what kafkajs leaves out of the batches that it makes of a fetch. */
export function noteLogStart({ messages, lastStartOffset }: Partition): void {
  logStarts.set(messages, Number(lastStartOffset));
}

/** A batch as kafkajs makes it; its types do not name all of it. */
interface FetchedBatch {
  readonly fetchedOffset: string | number;
  readonly rawMessages: readonly FetchedMessage[];
}

/** The offset that was asked for. */
export function fetchedOffset(batch: object): number {
  return Number((batch as FetchedBatch).fetchedOffset);
}

/** The first offset that was left in the partition when the batch was fetched. */
export function logStartOf(batch: object): number {
  return logStarts.get((batch as FetchedBatch).rawMessages) ?? 0;
}
