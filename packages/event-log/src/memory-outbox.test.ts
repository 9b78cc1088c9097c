import { MemoryOutbox } from './testing/memory-outbox.ts';
import { outboxReaderContract } from './testing/outbox-contract.ts';

outboxReaderContract('in-memory', async () => {
  const outbox = new MemoryOutbox();
  return {
    write: async (records) => outbox.write(...records),
    reader: (leaseSeconds) =>
      outbox.reader(leaseSeconds === undefined ? undefined : leaseSeconds * 1000),
    close: async () => undefined,
  };
});
