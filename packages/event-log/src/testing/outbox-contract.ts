import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { streams, type OutgoingRecord } from '../port.ts';
import type { OutboxReader, OutboxRecord } from '../relay.ts';

/** An outbox of the stream station.gaps, empty at first, for one test. */
export interface OutboxUnderTest {
  /** Keeps the records, in this order, as their cause does. */
  write(records: readonly OutgoingRecord[]): Promise<void>;
  /** A reader as one instance has it. `leaseSeconds` after its last claim another may relay. */
  reader(leaseSeconds?: number): OutboxReader;
  close(): Promise<void>;
}

/** What every outbox does for the relay that publishes it, wherever it is kept. */
export function outboxReaderContract(name: string, open: () => Promise<OutboxUnderTest>): void {
  describe(`${name} outbox`, () => {
    let outbox: OutboxUnderTest;
    beforeEach(async () => {
      outbox = await open();
    });
    afterEach(() => outbox.close());

    const write = (...ids: readonly string[]): Promise<void> => outbox.write(ids.map(event));
    const claimed = async (): Promise<OutboxReader> => {
      const reader = outbox.reader();
      expect(await reader.claim()).toBe(true);
      return reader;
    };

    test('numbers records in the order they were written, each once', async () => {
      await write('a', 'b');
      const reader = await claimed();
      expect(idsOf(await reader.read(0, 10))).toEqual(['1 a', '2 b']);
      await write('c');
      expect(idsOf(await reader.read(0, 10))).toEqual(['1 a', '2 b', '3 c']);
      expect(idsOf(await reader.read(2, 10))).toEqual(['3 c']);
      const [first] = await reader.read(0, 1);
      expect(first?.record).toEqual(event('a'));
    });

    test('gives the first records after the position, as many as asked for', async () => {
      await write('a', 'b', 'c', 'd');
      const reader = await claimed();
      expect(idsOf(await reader.read(0, 2))).toEqual(['1 a', '2 b']);
      expect(idsOf(await reader.read(2, 1))).toEqual(['3 c']);
      expect(idsOf(await reader.read(3, 2))).toEqual(['4 d']);
      expect(await reader.read(4, 2)).toEqual([]);
    });

    test('forgets what is up to the position, and keeps the rest under its numbers', async () => {
      await write('a', 'b', 'c');
      const reader = await claimed();
      await reader.read(0, 10);
      await write('not read yet');
      await reader.forget(2);
      expect(idsOf(await reader.read(0, 10))).toEqual(['3 c', '4 not read yet']);
    });

    test('goes on above what was forgotten, and above a feed that is ahead of it', async () => {
      await write('a', 'b');
      const reader = await claimed();
      await reader.read(0, 10);
      await reader.forget(2);
      await write('c');
      expect(idsOf(await reader.read(0, 10))).toEqual(['3 c']);
      await write('d');
      expect(idsOf(await reader.read(100, 10))).toEqual(['101 d']);
    });

    test('gives every record one number where two read at once', async () => {
      const readers = [await claimed(), outbox.reader()];
      for (let round = 0; round < 10; round++) {
        await write(...Array.from({ length: 20 }, (_, i) => `${round}-${i}`));
        await Promise.all(readers.map((reader) => reader.read(0, 1000)));
      }
      const records = await readers[0]!.read(0, 1000);
      expect(records.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 200 }, (_, i) => i + 1),
      );
      expect(records[199]?.record.id).toBe('9-19');
    });

    test('one instance holds the claim until it releases it or its lease runs out', async () => {
      const first = outbox.reader();
      const second = outbox.reader();
      expect([await first.claim(), await second.claim(), await first.claim()]).toEqual([
        true,
        false,
        true,
      ]);
      await second.release();
      expect(await second.claim()).toBe(false);
      await first.release();
      expect(await second.claim()).toBe(true);
      const impatient = outbox.reader(0);
      await second.release();
      expect(await impatient.claim()).toBe(true);
      expect(await first.claim()).toBe(true);
    });
  });
}

function event(id: string): OutgoingRecord {
  return { stream: streams.gaps, key: 'S1', id, value: Buffer.from(`value of ${id}`) };
}

function idsOf(records: readonly OutboxRecord[]): string[] {
  return records.map(({ sequence, record }) => `${sequence} ${record.id}`);
}
