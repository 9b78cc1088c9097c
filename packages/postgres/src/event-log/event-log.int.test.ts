import { eventLogContract } from '@envigate/event-log/contract-suite';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { openEventLog } from './testing/open-event-log.ts';

const databases = new Map<string, TestDatabase>();

eventLogContract('PostgreSQL', {
  async createNamespace() {
    const database = await testDatabase();
    databases.set(database.url, database);
    return database.url;
  },
  async dropNamespace(url) {
    await databases.get(url)?.drop();
    databases.delete(url);
  },
  openEventLog,
  childModule: new URL('./testing/open-event-log.ts', import.meta.url).href,
});
