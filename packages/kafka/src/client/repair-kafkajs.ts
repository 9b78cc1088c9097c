import Broker, {
  type AbortedTransaction,
  type FetchedMessage,
  type FetchResponse,
} from 'kafkajs/src/broker/index.js';
import OffsetManager from 'kafkajs/src/consumer/offsetManager/index.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const repaired = Symbol.for('envigate.kafka.repaired');

/** Repairs three faults of kafkajs 2.2.4 that no option reaches. Safe to call again. */
export function repairKafkajs(): void {
  const prototype = RequestQueue.prototype as RequestQueue & { [repaired]?: true };
  if (prototype[repaired] === true) return;
  prototype[repaired] = true;
  repairFetch();
  repairRequestQueue();
  repairDefaultOffset();
}

/**
 * Where the group's offset is out of range kafkajs commits -2 in its place, and so destroys the
 * position of a pipe: on a log whose oldest records were removed, or that was put back. Here it goes
 * to the first record without a commit; the position's owner decides where to read on.
 */
function repairDefaultOffset(): void {
  OffsetManager.prototype.setDefaultOffset = async function ({ topic, partition }) {
    const [found] = await this.cluster.fetchTopicsOffset([
      { topic, partitions: [{ partition }], fromBeginning: true },
    ]);
    this.clearOffsets({ topic, partition });
    this.committedOffsets()[topic] = {
      ...this.committedOffsets()[topic],
      [partition]: found?.partitions[0]?.offset ?? '0',
    };
  };
}

function repairFetch(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its broker below
  const fetch = Broker.prototype.fetch;
  Broker.prototype.fetch = async function (request) {
    const response = await fetch.call(this, request);
    for (const partition of response.responses.flatMap(({ partitions }) => partitions)) {
      noteLogStart(partition);
      if (partition.abortedTransactions === undefined) continue;
      hideAborted(partition.messages, partition.abortedTransactions);
      partition.abortedTransactions = [];
    }
    return response;
  };
}

/**
 * kafkajs starts a timer with a negative time after each response, which fires at once and starts
 * the next: a spin of 1 ms per connection (its issue 1751). A check is needed only while requests
 * wait; whoever adds one calls this again.
 */
function repairRequestQueue(): void {
  const checkEveryMs = 10;
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    // eslint-disable-next-line no-restricted-properties -- kafkajs sets throttledUntil by this clock
    const throttledForMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledForMs > 0 ? throttledForMs : checkEveryMs,
    );
  };
}

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

type Partition = FetchResponse['responses'][number]['partitions'][number];

const logStarts = new WeakMap<readonly FetchedMessage[], number>();

/** Remembers what kafkajs leaves out of the batches that it makes of a fetch. */
function noteLogStart({ messages, lastStartOffset }: Partition): void {
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
