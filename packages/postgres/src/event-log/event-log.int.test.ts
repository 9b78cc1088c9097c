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
  async rebuild(url) {
    const fixture = databases.get(url)!;
    await fixture.killBackends();
    await fixture.database.execute(
      'TRUNCATE event_log.records, event_log.partitions, event_log.positions, event_log.identity',
    );
    const log = await openEventLog(url);
    await log.prepare();
    await log.close();
    await fixture.killBackends();
  },
  async removeBefore(url, { stream, partition }, offset) {
    await databases
      .get(url)!
      .database.execute(
        'DELETE FROM event_log.records WHERE stream = $1 AND partition = $2 AND "offset" < $3',
        [stream, partition, offset],
      );
  },
  childModule: new URL('./testing/open-event-log.ts', import.meta.url).href,
});
