import type { AbortedTransaction, FetchedMessage } from 'kafkajs/src/broker/index.js';

/** Key of a control record: version 0, type 0 = abort (type 1 = commit). */
const abortMarker = Buffer.from([0, 0, 0, 0]);

/**
 * Marks the records of aborted transactions as control records, so that kafkajs passes over them
 * and still counts their offsets.
 *
 * kafkajs's own filter takes the broker's list of aborted transactions for sorted by first offset
 * and opens at most one of them per record. The broker sorts by the abort marker, so where
 * transactions overlap (several partitions' producers killed at once) kafkajs 2.2.4 hands
 * aborted records out as if they had been committed.
 */
export function hideAborted(
  messages: readonly FetchedMessage[],
  aborted: readonly AbortedTransaction[],
): void {
  const waiting = [...aborted].sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset));
  const open = new Set<string>();
  let next = 0;
  for (const message of messages) {
    const { producerId, inTransaction } = message.batchContext;
    for (let head = waiting[next]; head !== undefined; head = waiting[next]) {
      if (Number(head.firstOffset) > Number(message.offset)) break;
      open.add(head.producerId);
      next += 1;
    }
    if (message.isControlRecord) {
      if (message.key?.equals(abortMarker) === true) open.delete(producerId);
    } else if (inTransaction && open.has(producerId)) {
      message.isControlRecord = true;
    }
  }
}
