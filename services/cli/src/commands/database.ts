import type { Configuration } from '@envigate/contracts';
import { Scope, createLogger } from '@envigate/runtime';
import { requireDatabase } from '../local-database.ts';
import { embeddedServer } from '../shared.ts';
import { untilStopped } from '../until-stopped.ts';

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
