import {
  relayOutbox,
  streams,
  type EventLog,
  type OutboxReader,
  type Running,
} from '@envigate/event-log';
import { messageOf, Scope, ticker, type Logger } from '@envigate/runtime';
import { from, group, hearArrivals } from './hear-arrivals.ts';
import { judgingAnew, type JudgeParts } from './judge-anew.ts';
import { lookForSilentStations, type SilenceParts } from './look-for-silence.ts';

export interface GapDetectorParts extends SilenceParts, JudgeParts {
  readonly eventLog: EventLog;
  readonly outbox: OutboxReader;
  readonly logger: Logger;
  readonly maxBatchRecords: number;
  readonly checkSeconds: number;
}

/**
 * Four things at work: readings close and correct gaps, time opens them, corrections of the record have
 * them judged anew, a relay publishes the events. Nothing is judged before the registry was loaded once,
 * as it says how often a station sends.
 */
export async function startGapDetector(parts: GapDetectorParts): Promise<Running> {
  const { eventLog, registry, outbox, emit, logger, maxBatchRecords, checkSeconds } = parts;
  await registry.ready?.();
  const scope = new Scope();
  const relay = relayOutbox({
    log: eventLog,
    feed: `outbox:${streams.gaps}`,
    outbox,
    onError: (error) => emit('relay-interrupted', { error: messageOf(error) }),
  });
  await scope.start({
    name: 'relay',
    start: async () => ({ value: undefined, failed: relay.failed, stop: () => relay.stop() }),
  });
  await scope.start({
    name: 'drain',
    async start() {
      const running = await eventLog.drain({
        ...{ group, from, maxBatchRecords, sink: hearArrivals(parts) },
      });
      return { value: running, failed: running.failed, stop: () => running.stop() };
    },
  });
  await scope.start(
    ticker({
      name: 'silence',
      everySeconds: checkSeconds,
      logger,
      work: () => lookForSilentStations(parts),
    }),
  );
  await scope.start(
    ticker({ name: 'rejudge', everySeconds: checkSeconds, logger, work: judgingAnew(parts) }),
  );
  return { failed: scope.failed, stop: () => scope.stop() };
}
