import { join, resolve } from 'node:path';
import type { Configuration } from '@envigate/contracts';
import type { EventLog } from '@envigate/event-log';
import {
  DatabaseError,
  type Database,
  createPostgresEventLog,
  embeddedPostgres,
  embeddedPostgresInBackground,
  migrate,
  openDatabase,
  registrySource,
  type ServerAddress,
  hasCluster,
  exportRegistry,
} from '@envigate/postgres';
import {
  Scope,
  Telemetry,
  createLogger,
  messageOf,
  type Logger,
  Backoff,
  pause,
} from '@envigate/runtime';
import {
  RegistryView,
  stationsOfScope,
  unknownScope,
  type RegistrySource,
  type StopScope,
} from '@envigate/domain';
import { CommandError } from './options.ts';

/** SQLSTATE undefined_table. */
const undefinedTable = '42P01';

/**
 * For commands that ask or change something once: opens the stores, runs, closes them. There must be
 * a database, unless `makesDatabase` says that one may be made.
 */
export async function withStores<T>(
  config: Configuration,
  work: (stores: { database: Database; eventLog: EventLog }) => Promise<T>,
  { makesDatabase = false }: { readonly makesDatabase?: boolean } = {},
): Promise<T> {
  if (!makesDatabase) await requireDatabase(config);
  // A command's answer goes to stdout; what the libraries say matters only when something is wrong.
  const logger = createLogger({ level: 'error', format: config.log.format });
  const scope = new Scope();
  try {
    const options = { config, logger, telemetry: new Telemetry(), scope };
    const database = await openConfiguredDatabase(options);
    return await work({ database, eventLog: await openConfiguredEventLog(options, database) });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== undefinedTable) throw error;
    const text = {
      vi: 'cơ sở dữ liệu chưa có bảng: chạy `envigate migrate` một lần',
      en: 'the database has no tables yet: run `envigate migrate` once',
    };
    throw new CommandError(text, { cause: error });
  } finally {
    await scope.stop();
  }
}

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
async function openConfiguredDatabase(options: SharedOptions): Promise<Database> {
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
  await untilReachable(
    'database',
    () => migrate(database, (line) => logger.info(line)),
    logger,
    stopped,
  );
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

/** The folder of the embedded database, which is used where database.url is not set. */
export function embeddedFolder({ dataDir }: Configuration): string {
  return resolve(join(dataDir, 'postgres'));
}

/** Whether the configuration leads to a database, or only to a place where one could be made. */
export async function hasDatabase(config: Configuration): Promise<boolean> {
  return config.database.url !== undefined || (await hasCluster(embeddedFolder(config)));
}

/**
 * For everything that works on an existing database. In the wrong folder, or without DATABASE_URL,
 * it would otherwise make a new one and answer from that.
 */
export async function requireDatabase(config: Configuration): Promise<void> {
  if (await hasDatabase(config)) return;
  const folder = embeddedFolder(config);
  throw new CommandError({
    vi:
      `không có cơ sở dữ liệu: chưa đặt database.url và không có cơ sở dữ liệu kèm theo trong ${folder}. ` +
      'Đặt DATABASE_URL, chỉ định tệp cấu hình bằng --config hoặc ENVIGATE_CONFIG, ' +
      'hoặc chạy lệnh trong thư mục của hệ thống. `envigate migrate` tạo cơ sở dữ liệu mới',
    en:
      `no database here: neither database.url nor an embedded one in ${folder}. ` +
      "Set DATABASE_URL, name the gateway's configuration file with --config or ENVIGATE_CONFIG, " +
      'or run this in the folder of the gateway. `envigate migrate` makes a new database',
  });
}

/**
 * Throws where the registry has no such station. For a question about one whose answer is empty: a
 * misspelt code must not look like "nothing there".
 */
export async function requireStation(database: Database, code: string): Promise<void> {
  const { stations } = await exportRegistry(database);
  if (!stations.some((station) => station.code === code)) throw noStation(code);
}

/** The stations of a facility or province, by code. Throws where the registry has no such one. */
export async function stationsOfKnownScope(
  database: Database,
  scope: StopScope,
): Promise<readonly string[]> {
  const view = new RegistryView(await exportRegistry(database));
  const unknown = unknownScope(scope, view);
  if (unknown !== undefined) throw new CommandError(unknown);
  return stationsOfScope(scope, view);
}

export function noStation(code: string): CommandError {
  return new CommandError({
    vi: `danh mục không có trạm '${code}'`,
    en: `station '${code}' is not in the registry`,
  });
}
