import type { EventLog, Running } from '@envigate/event-log';
import type { NoticeStore } from '@envigate/postgres';
import { Scope, ticker, type Logger } from '@envigate/runtime';
import { from, group, hearGaps } from './hear-gaps.ts';
import { lookingAtReadings, type ReadingsParts } from './look-at-readings.ts';
import { planDue } from './plan-due.ts';
import { startSending, type SendParts } from './send-mails.ts';

export interface NotifierParts {
  readonly eventLog: EventLog;
  readonly store: NoticeStore;
  readonly plan: Omit<ReadingsParts, 'store'>;
  /** Undefined: no mail server is configured; gaps are followed, nothing is planned. */
  readonly send: Omit<SendParts, 'store' | 'emit'> | undefined;
  readonly logger: Logger;
  readonly maxBatchRecords: number;
  readonly checkSeconds: number;
  /** How often readings are looked at for thin data and for what devices report. */
  readonly readingsSeconds: number;
}

const pruneSeconds = 3_600;

/**
 * Three things at work: gap events keep the picture, time plans what is due by it, a sender empties the
 * outbox. The database is between them, so each goes on where it was.
 */
export async function startNotifier(parts: NotifierParts): Promise<Running> {
  const { eventLog, store, plan, send, logger, maxBatchRecords } = parts;
  const { emit } = plan;
  await plan.registry.ready?.();
  const scope = new Scope();
  if (send === undefined) {
    emit('notices-off', {});
  } else {
    const sending = startSending({ ...send, store, emit });
    await scope.start({
      name: 'sending',
      start: async () => ({ value: undefined, failed: sending.failed, stop: () => sending.stop() }),
    });
    await scope.start(
      ticker({
        ...{ name: 'notices', everySeconds: parts.checkSeconds, logger },
        work: async () => {
          if ((await planDue({ ...plan, store })) > 0) sending.wake();
        },
      }),
    );
    const look = lookingAtReadings({ ...plan, store });
    await scope.start(
      ticker({
        ...{ name: 'readings', everySeconds: parts.readingsSeconds, logger },
        work: async () => {
          if ((await look()) > 0) sending.wake();
        },
      }),
    );
  }
  await scope.start({
    name: 'drain',
    async start() {
      const sink = hearGaps({ store, emit });
      const running = await eventLog.drain({ group, from, maxBatchRecords, sink });
      return { value: running, failed: running.failed, stop: () => running.stop() };
    },
  });
  await scope.start(
    ticker({
      name: 'notice-picture',
      everySeconds: pruneSeconds,
      logger,
      work: () => store.prune(),
    }),
  );
  return { failed: scope.failed, stop: () => scope.stop() };
}
