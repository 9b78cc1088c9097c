import type { StreamName } from '@envigate/event-log';

/**
 * Everything this gateway owns on the broker begins with the prefix: rights can be given to the
 * prefix, and two installations share a cluster without meeting.
 */
export interface Names {
  topic(stream: StreamName): string;
  /** Has one partition, stays empty: the offsets of its groups are the positions of the feeds. */
  readonly feedsTopic: string;
  /** Compacted; see StateTopic. */
  readonly stateTopic: string;
  feedGroup(feed: string): string;
  /**
   * A group per stream as well: kafkajs's assigners give a member topics of the group that it did
   * not subscribe to.
   */
  group(group: string, stream: StreamName): string;
  feedTransactions(feed: string): string[];
  /** Bound to the input partition, not to the instance: whoever takes the partition over fences its predecessor. */
  pipeTransactions(group: string, stream: StreamName, partition: number): string[];
}

/**
 * Transactional ids of one owner, used in turn (see TransactionalWriter). All instances must agree
 * on the number, or an owner would leave ids of its predecessor unfenced.
 */
const transactionsInTurn = 4;

export function namesFor(prefix: string): Names {
  const inTurn = (base: string): string[] =>
    Array.from({ length: transactionsInTurn }, (_, turn) => `${base}.${turn}`);
  const group = (name: string, stream: StreamName): string => `${prefix}${name}.${stream}`;
  return {
    topic: (stream) => prefix + stream,
    feedsTopic: `${prefix}feeds`,
    stateTopic: `${prefix}log-state`,
    feedGroup: (feed) => `${prefix}feed.${feed}`,
    group,
    feedTransactions: (feed) => inTurn(`${prefix}feed.${feed}`),
    pipeTransactions: (name, stream, partition) => inTurn(`${group(name, stream)}.${partition}`),
  };
}
