import type { Configuration } from '@envigate/contracts';
import { migrate } from '@envigate/postgres';
import { embeddedFolder, hasDatabase } from '../local-database.ts';
import { withStores } from '../with-stores.ts';

/**
 * Brings tables and streams to this version, of a new embedded database where there is none. Safe
 * to run at any time, also by several at once.
 */
export async function migrateStores(config: Configuration): Promise<void> {
  const isNew = !(await hasDatabase(config));
  await withStores(
    config,
    async ({ database, eventLog }) => {
      if (isNew)
        console.log(
          `đã tạo cơ sở dữ liệu mới trong · made a new database in: ${embeddedFolder(config)}`,
        );
      const applied = await migrate(database);
      await eventLog.prepare();
      console.log(
        applied.length === 0
          ? 'không có thay đổi cấu trúc · nothing to migrate'
          : `đã áp dụng · applied: ${applied.join(', ')}`,
      );
    },
    { makesDatabase: true },
  );
}
