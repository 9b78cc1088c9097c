import type { Configuration } from '@envigate/contracts';
import type { EventLog } from '@envigate/event-log';
import { DatabaseError, type Database } from '@envigate/postgres';
import { Scope, Telemetry, createLogger } from '@envigate/runtime';
import { requireDatabase } from './local-database.ts';
import { CommandError } from './options.ts';
import { openConfiguredDatabase, openConfiguredEventLog } from './shared.ts';

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
