import Broker from 'kafkajs/src/broker/index.js';
import OffsetManager from 'kafkajs/src/consumer/offsetManager/index.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { noteLogStart } from './fetched-batch.ts';
import { hideAborted } from './hide-aborted.ts';

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
