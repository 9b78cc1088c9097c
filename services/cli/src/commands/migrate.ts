import type { Configuration } from '@envigate/contracts';
import { migrate } from '@envigate/postgres';
import { withStores } from '../with-stores.ts';

/** Brings tables and streams to this version. Safe to run at any time, also by several at once. */
export async function migrateStores(config: Configuration): Promise<void> {
  await withStores(config, async ({ database, eventLog }) => {
    const applied = await migrate(database);
    await eventLog.prepare();
    console.log(applied.length === 0 ? 'nothing to migrate' : `applied ${applied.join(', ')}`);
  });
}
