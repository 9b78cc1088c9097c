import { setTimeout as delay } from 'node:timers/promises';
import { LatePart, httpServer, type Route } from '@envigate/http';
import type { HeldDesk } from '@envigate/receiver';
import {
  Health,
  Scope,
  Telemetry,
  changedKeys,
  createLogger,
  growHeapSlowly,
  setLogLevel,
  systemClock,
  type HealthCheck,
  type ServiceContext,
  type Logger,
} from '@envigate/runtime';
import type { Configuration } from '@envigate/contracts';
import { heardReports, receptionRecord } from '@envigate/postgres';
import { selectServices, type SharedParts, version } from './services.ts';
import {
  openDatabaseInBackground,
  openConfiguredEventLog,
  openRegistry,
  prepareStores,
  requireDatabase,
  embeddedServer,
} from '../shared/stores.ts';
import { showProcess } from '../shared/process-gauges.ts';

/** How long the receiver waits for database and event log before it starts without them. */
const storesPatienceMs = 2_000;

/**
 * Runs services in this process until a signal stops them or one of them gives up. The receiver
 * comes first and waits for nobody: files are taken while database and event log are away.
 */
export async function runServices(
  names: readonly string[],
  config: Configuration,
  readAgain: () => Promise<Configuration>,
): Promise<void> {
  growHeapSlowly();
  const entries = selectServices(names);
  const logger = createLogger(config.log);
  const scope = new Scope();
  const telemetry = new Telemetry({ processMetrics: true, logger });
  const context = { config, telemetry, health: new Health(), clock: systemClock };
  const stopping = new AbortController();
  takeChangesOnHangUp(config, readAgain, logger);

  await untilStopped(scope, logger, stopping, async () => {
    const options = { config, logger, telemetry, scope };
    const database = await openDatabaseInBackground(options);
    const eventLog = await openConfiguredEventLog(options, database);
    const registry = await openRegistry(options, database);
    showProcess(telemetry, registry, config.dataDir);
    const heldDesk = new LatePart<HeldDesk>({ vi: 'Dịch vụ nhận tệp', en: 'the receiver' });
    const routes = await routesBeside(entries, heldDesk);
    const receptions = receptionRecord(database);
    const parts: SharedParts = {
      ...{ database, eventLog, registry, receptions, routes, heldDesk },
      heardReports: heardReports(database),
    };
    const starting = new Set(entries.map((entry) => entry.name));
    context.health.add(startedCheck(starting));
    if (!entries.some((entry) => entry.name === 'console')) {
      await scope.start(operationsServer(context, logger, routes));
    }
    const start = async (selected: typeof entries): Promise<void> => {
      for (const entry of selected) {
        const service = await entry.load();
        const serviceContext: ServiceContext = {
          ...context,
          logger: logger.child({ service: entry.name }),
        };
        await scope.start(service.compose({ ...serviceContext, ...parts }));
        starting.delete(entry.name);
      }
    };
    const prepared = prepareStores(options, database, eventLog, stopping.signal);
    const reported = prepared.catch((error: unknown) => {
      logger.error({ err: error }, 'the stores could not be prepared');
    });
    // Usually the stores answer at once, and nobody has to wait; but files are taken without them.
    await Promise.race([reported, delay(storesPatienceMs, undefined, { ref: false })]);
    await start(entries.filter((entry) => entry.standsAlone));
    const others = entries.filter((entry) => !entry.standsAlone);
    if (others.length > 0) {
      await prepared;
      await start(others);
    }
    logger.info({ services: entries.map((entry) => entry.name), version }, 'running');
  });
}

/** What holds from the moment that it is changed. Certificates and the registry are looked at by themselves. */
const takenAtOnce: ReadonlySet<string> = new Set(['log.level']);

/** On SIGHUP: reads the configuration again, takes what it can, and says what waits for a restart. */
function takeChangesOnHangUp(
  config: Configuration,
  readAgain: () => Promise<Configuration>,
  logger: Logger,
): void {
  process.on('SIGHUP', () => {
    readAgain().then(
      (changed) => {
        const keys = changedKeys(config, changed);
        setLogLevel(logger, changed.log.level);
        const needsRestart = keys.filter((key) => !takenAtOnce.has(key));
        logger.info(
          { level: changed.log.level, needsRestart },
          needsRestart.length === 0
            ? 'the configuration was read again'
            : 'the configuration was read again; some of it holds after a restart only',
        );
      },
      (error: unknown) =>
        logger.error({ err: error }, 'the configuration is wrong: nothing of it was taken'),
    );
  });
}

/** Of the services of the process; a service that it does not run has no routes here. */
async function routesBeside(
  entries: readonly { readonly name: string }[],
  heldDesk: LatePart<HeldDesk>,
): Promise<readonly Route[]> {
  if (!entries.some(({ name }) => name === 'receiver')) return [];
  const { heldFileRoutes } = await import('@envigate/receiver');
  return heldFileRoutes(heldDesk);
}

/** The operations server answers before the services listen; until they do, nobody may count on them. */
function startedCheck(starting: ReadonlySet<string>): HealthCheck {
  return {
    name: 'started',
    check: () =>
      starting.size === 0
        ? Promise.resolve()
        : Promise.reject(new Error(`not started yet: ${[...starting].join(', ')}`)),
  };
}

function operationsServer(
  context: Omit<ServiceContext, 'logger'>,
  logger: ServiceContext['logger'],
  routes: readonly Route[],
) {
  const { operations, console: consoleServer } = context.config;
  return httpServer({
    ...context,
    logger,
    ...operations,
    operatorToken: consoleServer.operatorToken,
    hosts: consoleServer.hosts,
    routes,
    title: 'Envigate operations',
    version,
  });
}

/** Runs the embedded PostgreSQL server until a signal stops it. */
export async function runDatabase(config: Configuration): Promise<void> {
  const logger = createLogger(config.log);
  const scope = new Scope();
  await untilStopped(scope, logger, new AbortController(), async () => {
    const { url } = await scope.start(embeddedServer({ config, logger }));
    logger.info({ port: new URL(url).port }, 'database running');
  });
}

/** Prints the URL of the configured database, password and all; makes none, starts nothing that stays. */
export async function printDatabaseUrl(config: Configuration): Promise<void> {
  await requireDatabase(config);
  if (config.database.url !== undefined) {
    console.log(config.database.url);
    return;
  }
  const scope = new Scope();
  const logger = createLogger({ level: 'error', format: config.log.format });
  try {
    console.log((await scope.start(embeddedServer({ config, logger }))).url);
  } finally {
    await scope.stop();
  }
}

/** A second signal, or this much time, ends a stop that does not end by itself. */
const stopDeadlineMs = 20_000;

/**
 * Runs `start`, then waits for SIGINT, SIGTERM or the failure of a component, then stops the
 * scope. Rejects with the failure.
 */
async function untilStopped(
  scope: Scope,
  logger: Logger,
  stopping: AbortController,
  start: () => Promise<void>,
): Promise<void> {
  const signal = nextSignal();
  try {
    await Promise.race([signal, start().then(() => Promise.race([signal, scope.failed]))]);
  } finally {
    stopping.abort();
    const forced = setTimeout(() => {
      logger.error('stopping took too long; what was not finished is taken up at the next start');
      process.exit(1);
    }, stopDeadlineMs);
    void nextSignal().then(() => process.exit(1));
    await scope.stop();
    clearTimeout(forced);
  }
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
}
