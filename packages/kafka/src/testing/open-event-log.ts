import type { EventLog } from '@envigate/event-log';
import { silentLogger, type Telemetry } from '@envigate/runtime';
import { createKafkaEventLog } from '../kafka-event-log.ts';
import { testBrokers } from './test-client.ts';

/** An instance on the brokers of KAFKA_BROKERS, whose topics, groups and ids begin with the namespace. */
export function openEventLog(namespace: string, telemetry?: Telemetry): Promise<EventLog> {
  return Promise.resolve(
    createKafkaEventLog({
      brokers: testBrokers(),
      topicPrefix: namespace,
      partitions: 4,
      replicationFactor: 1,
      maxBatchRecords: 500,
      sessionTimeoutMs: 6_000, // the shortest that brokers allow by default
      logger: silentLogger(),
      ...(telemetry === undefined ? {} : { telemetry }),
    }),
  );
}
