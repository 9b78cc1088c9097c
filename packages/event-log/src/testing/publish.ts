import { randomUUID } from 'node:crypto';
import type { EventLog, Feed, OutgoingRecord } from '../port.ts';

interface Source {
  readonly feed: Promise<Feed>;
  /** The last position given out: calls at the same time must not get the same one. */
  last: number;
}

const sources = new WeakMap<object, Source>();

/**
 * Puts records into the log as a source does, by a feed that each instance of the log opens once.
 * All of one call become visible together.
 */
export async function publish(
  log: Pick<EventLog, 'openFeed'>,
  records: readonly OutgoingRecord[],
): Promise<void> {
  let source = sources.get(log);
  if (source === undefined) {
    source = { feed: log.openFeed(`test-${randomUUID()}`), last: 0 };
    source.feed.catch(() => sources.delete(log));
    sources.set(log, source);
  }
  source.last += 1;
  const position = source.last;
  await (await source.feed).append(records, position);
}
