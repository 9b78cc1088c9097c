import { randomUUID } from 'node:crypto';
import { eventLogContract } from '@envigate/event-log/contract-suite';
import { deleteTopics } from './testing/test-client.ts';
import { describeWithKafka } from './testing/describe-with-kafka.ts';
import { openEventLog } from './testing/open-event-log.ts';

describeWithKafka('with a broker', () => {
  eventLogContract('Kafka', {
    createNamespace: () => Promise.resolve(`test-${randomUUID().slice(0, 8)}.`),
    dropNamespace: deleteTopics,
    openEventLog,
    childModule: new URL('./testing/open-event-log.ts', import.meta.url).href,
  });
});
