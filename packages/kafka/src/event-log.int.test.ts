import { randomUUID } from 'node:crypto';
import { eventLogContract } from '@envigate/event-log/contract-suite';
import { deleteRecords, deleteTopics } from './testing/test-client.ts';
import { describeWithKafka } from './testing/describe-with-kafka.ts';
import { openEventLog } from './testing/open-event-log.ts';

describeWithKafka('with a broker', () => {
  eventLogContract('Kafka', {
    createNamespace: () => Promise.resolve(`test-${randomUUID().slice(0, 8)}.`),
    dropNamespace: deleteTopics,
    openEventLog,
    async rebuild(namespace) {
      await deleteTopics(namespace);
      const log = await openEventLog(namespace);
      await log.prepare();
      await log.close();
    },
    removeBefore: (namespace, { stream, partition }, offset) =>
      deleteRecords(`${namespace}${stream}`, partition, offset),
    childModule: new URL('./testing/open-event-log.ts', import.meta.url).href,
  });
});
