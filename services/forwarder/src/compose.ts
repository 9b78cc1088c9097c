import type { RegistrySource } from '@envigate/domain';
import { relayOutbox, streams, type EventLog } from '@envigate/event-log';
import { connectTo } from '@envigate/ministry';
import {
  PostgresDeliveryStore,
  countUndecided,
  outboxReader,
  readBacklog,
  type Database,
} from '@envigate/postgres';
import { messageOf, sharedRead, type Service } from '@envigate/runtime';
import { startForwarder } from './forwarder.ts';
import { events, gauges } from './telemetry.ts';

export interface ForwarderShared {
  readonly eventLog: EventLog;
  readonly registry: RegistrySource;
  readonly database: Database;
}

const pollMs = 5_000;

export const forwarder: Service<ForwarderShared> = {
  name: 'forwarder',
  compose: ({ eventLog, registry, database, config, clock, telemetry, logger }) => ({
    name: 'forwarder',
    async start() {
      const settings = config.forwarder;
      const emit = telemetry.emitter(events, logger);
      await registry.ready?.();
      const backlog = sharedRead(() => readBacklog(database));
      telemetry.gauges(gauges.due, async () =>
        (await backlog()).map(({ target, due }) => ({ labels: { target }, value: due })),
      );
      telemetry.gauges(gauges.oldestDue, async () =>
        (await backlog()).map(({ target, oldestSeconds }) => ({
          labels: { target },
          value: oldestSeconds,
        })),
      );
      telemetry.gauges(gauges.forAPerson, async () =>
        (await countUndecided(database)).map(({ target, state, deliveries }) => ({
          labels: { target, state },
          value: deliveries,
        })),
      );
      const store = new PostgresDeliveryStore(database);
      const running = startForwarder({
        registry,
        store,
        connect: connectTo({ timeoutMs: settings.timeoutSeconds * 1000, env: process.env }),
        clock,
        emit,
        connectionsPerTarget: settings.connectionsPerTarget,
        batchFiles: settings.batchFiles,
        setAsideAfter: settings.setAsideAfter,
        backOff: {
          firstMs: settings.retryFirstSeconds * 1000,
          longestMs: settings.retryMaxSeconds * 1000,
        },
        pollMs,
      });
      telemetry.gauges(gauges.paused, async () =>
        running.targets().map(({ target, isPaused }) => ({
          labels: { target },
          value: isPaused ? 1 : 0,
        })),
      );
      const relay = relayOutbox({
        log: eventLog,
        feed: 'forwarder-receipts',
        outbox: outboxReader(database, streams.receipts),
        onRelayed: (records) => emit('receipts-published', { records }),
        onError: (error) => emit('receipts-delayed', { error: messageOf(error) }),
      });
      return {
        value: undefined,
        failed: Promise.race([running.failed, relay.failed]),
        async stop() {
          await running.stop();
          await relay.stop();
          await store.close();
        },
      };
    },
  }),
};
