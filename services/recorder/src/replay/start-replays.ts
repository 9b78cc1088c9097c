import {
  relayOutbox,
  streams,
  type EventLog,
  type OutboxReader,
  type Running,
} from '@envigate/event-log';
import { messageOf, Scope, ticker, type Logger } from '@envigate/runtime';
import { replayWork, type ReplayParts } from './run-replays.ts';

export interface ReplayServiceParts extends ReplayParts {
  readonly eventLog: Pick<EventLog, 'openFeed'>;
  readonly outbox: OutboxReader;
  readonly logger: Logger;
}

export const replayFeed = `outbox:${streams.files}`;

const everySeconds = 1;
/** A file is up to a MiB, and so many are in memory at once. */
const maxBatchRecords = 50;

/** Recorded files on their way again: requests become messages, and a relay publishes them. */
export async function startReplays(parts: ReplayServiceParts): Promise<Running> {
  const { eventLog, outbox, logger, emit } = parts;
  const scope = new Scope();
  let stopping = false;
  const relay = relayOutbox({
    ...{ log: eventLog, feed: replayFeed, outbox, maxBatchRecords },
    onError: (error) => emit('replays-delayed', { error: messageOf(error) }),
  });
  scope.defer('relay', () => relay.stop());
  const work = replayWork(parts, () => stopping);
  await scope.start(ticker({ name: 'replays', everySeconds, logger, work }));
  return {
    failed: Promise.race([relay.failed, scope.failed]),
    async stop() {
      stopping = true;
      await scope.stop();
    },
  };
}
