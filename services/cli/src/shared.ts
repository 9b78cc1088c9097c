import { join } from 'node:path';
import type { Configuration } from '@envigate/contracts';
import type { RegistrySource } from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import {
  createPostgresEventLog,
  embeddedPostgres,
  embeddedPostgresInBackground,
  migrate,
  openDatabase,
  registrySource,
  type Database,
  type ServerAddress,
} from '@envigate/postgres';
import {
  messageOf,
  type Logger,
  type Scope,
  type Telemetry,
  Backoff,
  pause,
} from '@envigate/runtime';
import { embeddedFolder } from './local-database.ts';

/** What the shared parts are made from. */
export interface SharedOptions {
  readonly config: Configuration;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly scope: Scope;
}

/**
 * The database of the configuration: the server named by database.url, else the embedded one,
 * which the first process to need it starts and the others find running.
 */
export async function openConfiguredDatabase(options: SharedOptions): Promise<Database> {
  const { config, scope } = options;
  return openAt(config.database.url ?? (await scope.start(embeddedServer(options))).url, options);
}

/** The same without waiting for an embedded server, which is started beside what the caller does. */
export async function openDatabaseInBackground(options: SharedOptions): Promise<Database> {
  const { config, scope } = options;
  if (config.database.url !== undefined) return openAt(config.database.url, options);
  const server = embeddedPostgresInBackground(embeddedOptions(options));
  return openAt((await scope.start(server)).address, options);
}

function openAt(
  url: string | ServerAddress,
  { config, logger, scope }: SharedOptions,
): Promise<Database> {
  return scope.start(openDatabase({ url, poolSize: config.database.poolSize, logger }));
}

export function embeddedServer(options: Pick<SharedOptions, 'config' | 'logger'>) {
  return embeddedPostgres(embeddedOptions(options));
}

function embeddedOptions({ config, logger }: Pick<SharedOptions, 'config' | 'logger'>) {
  return { dataDir: embeddedFolder(config), port: config.database.embeddedPort, logger };
}

export async function openConfiguredEventLog(
  { config, logger, telemetry, scope }: SharedOptions,
  database: Database,
): Promise<EventLog> {
  const { kind, kafka, partitions, maxBatchRecords, retentionHours } = config.eventLog;
  const common = { partitions, maxBatchRecords, logger, telemetry };
  let eventLog: EventLog;
  if (kind === 'kafka') {
    // Its client takes a tenth of the start of a process.
    const { createKafkaEventLog } = await import('@envigate/kafka');
    eventLog = createKafkaEventLog({ ...kafka, ...common });
  } else {
    eventLog = createPostgresEventLog({ database, retentionHours, ...common });
  }
  scope.defer('event log', () => eventLog.close());
  return eventLog;
}

export function openRegistry(
  { config, logger, scope }: SharedOptions,
  database: Database,
): Promise<RegistrySource> {
  return scope.start(
    registrySource({
      database,
      cacheFile: join(config.dataDir, 'registry-snapshot.json'),
      refreshSeconds: config.registry.refreshSeconds,
      logger,
    }),
  );
}

/** Tables and streams as this version needs them. Waits for servers that are away, and says so. */
export async function prepareStores(
  { logger }: Pick<SharedOptions, 'logger'>,
  database: Database,
  eventLog: EventLog,
  stopped: AbortSignal,
): Promise<void> {
  await untilReachable('database', () => migrate(database), logger, stopped);
  await untilReachable('event log', () => eventLog.prepare(), logger, stopped);
}

async function untilReachable(
  what: string,
  attempt: () => Promise<unknown>,
  logger: Logger,
  stopped: AbortSignal,
): Promise<void> {
  const backoff = new Backoff({ firstMs: 250, maxMs: 10_000 });
  while (!stopped.aborted) {
    try {
      await attempt();
      return;
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable !== true) throw error;
      const waitMs = Math.round(backoff.nextMs());
      logger.warn({ reason: messageOf(error), waitMs }, `waiting for the ${what}`);
      await pause(waitMs, stopped);
    }
  }
}
