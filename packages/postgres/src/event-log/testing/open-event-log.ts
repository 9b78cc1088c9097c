import type { EventLog } from '@envigate/event-log';
import { silentLogger, type Telemetry } from '@envigate/runtime';
import { Database } from '../../connection/database.ts';
import { createPostgresEventLog } from '../postgres-event-log.ts';

/** For the contract suite and its child processes: a namespace is the URL of a database. */
export async function openEventLog(namespace: string, telemetry?: Telemetry): Promise<EventLog> {
  const logger = silentLogger();
  const database = new Database({ url: namespace, poolSize: 6, logger });
  const log = createPostgresEventLog({
    database,
    partitions: 4,
    maxBatchRecords: 500,
    retentionHours: 24,
    sessionTimeoutMs: 2_000,
    logger,
    ...(telemetry === undefined ? {} : { telemetry }),
  });
  return {
    ...log,
    async close() {
      await log.close();
      await database.close();
    },
  };
}
