import { describe, expect, test } from '@jest/globals';
import { streams } from '../port.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { publish } from './publish.ts';
import { readAll, someRecords } from './records.ts';

export function scanContract(harness: EventLogHarness): void {
  describe('streams', () => {
    const on = eachOnABench(harness);

    test('what an append resolved for is visible, byte for byte', async () => {
      const values = [
        Buffer.alloc(0),
        Buffer.from([0, 255, 10, 13, 0]),
        Buffer.from('Trạm quan trắc\u0000\t"\\'),
        Buffer.alloc(900 * 1024, 'x'),
      ];
      const records = values.map((value, index) => ({
        stream: streams.files,
        key: `Trạm "${index}"`,
        id: `id-${index}`,
        value,
      }));
      await publish(on.log, records);
      const stored = await readAll(on.log, streams.files);
      for (const { stream, key, id, value } of records) {
        const found = stored.find((record) => record.id === id);
        expect(found).toMatchObject({ stream, key });
        expect(Buffer.compare(Buffer.from(found!.value), value)).toBe(0);
      }
      expect(stored).toHaveLength(records.length);
    });

    test('keep the order of each key over many appends', async () => {
      const records = someRecords(700);
      for (let first = 0; first < records.length; first += 50) {
        await publish(on.log, records.slice(first, first + 50));
      }
      const stored = await readAll(on.log, streams.files);
      expectExactly(stored, records);
      for (const { partition } of stored) {
        const offsets = stored.filter((each) => each.partition === partition);
        expect(offsets).toEqual([...offsets].sort((a, b) => a.offset - b.offset));
      }
    });

    test('keep all records of appends at the same time, each call in its own order', async () => {
      const other = await on.bench.open();
      const calls = Array.from({ length: 40 }, (_, call) =>
        someRecords(20).map((record) => ({
          ...record,
          key: `call ${call}`,
          id: `${call}/${record.id}`,
        })),
      );
      await Promise.all(calls.map((call, index) => publish(index % 2 ? other : on.log, call)));
      expectExactly(await readAll(on.log, streams.files), calls.flat());
    });

    test('have a key always in the same partition, whichever instance appends', async () => {
      await publish(on.log, someRecords(50));
      const other = await on.bench.open();
      await publish(other, someRecords(50, 50));
      const partitionsOfKeys = new Map<string, Set<number>>();
      for (const { key, partition } of await readAll(other, streams.files)) {
        partitionsOfKeys.set(key, (partitionsOfKeys.get(key) ?? new Set()).add(partition));
      }
      expect([...partitionsOfKeys.values()].map((partitions) => partitions.size)).toEqual(
        Array.from({ length: partitionsOfKeys.size }, () => 1),
      );
      expect(
        new Set([...partitionsOfKeys.values()].flatMap((set) => [...set])).size,
      ).toBeGreaterThan(1);
    });

    test('take records of several streams in one append', async () => {
      const records = someRecords(10).flatMap((record) => [
        record,
        { ...record, stream: streams.receipts },
      ]);
      await publish(on.log, records);
      expectExactly(await readAll(on.log, streams.files), someRecords(10));
      expectExactly(await readAll(on.log, streams.receipts), someRecords(10));
      expect(await readAll(on.log, streams.gaps)).toEqual([]);
    });

    test('are scanned from the given positions', async () => {
      await publish(on.log, someRecords(30));
      const before = await readAll(on.log, streams.files);
      const positions = Array.from({ length: await on.log.partitions(streams.files) }, () => 0);
      for (const { partition, offset } of before) positions[partition] = offset + 1;
      await publish(on.log, someRecords(30, 30));
      const added = [];
      for await (const record of on.log.scan(streams.files, positions)) added.push(record);
      expectExactly(added, someRecords(30, 30));
    });

    test('keep everything when they are prepared again, also by several at once', async () => {
      await publish(on.log, someRecords(20));
      const other = await on.bench.open();
      await Promise.all([on.log.prepare(), other.prepare(), other.prepare()]);
      expectExactly(await readAll(other, streams.files), someRecords(20));
    });

    test('take nothing more from a closed instance, and the others go on', async () => {
      const other = await on.bench.open();
      const feed = await other.openFeed('spool');
      await feed.append(someRecords(1), 1);
      await other.close();
      await other.close();
      await expect(feed.append(someRecords(1, 1), 2)).rejects.toThrow();
      await on.log.check();
      expectExactly(await readAll(on.log, streams.files), someRecords(1));
    });
  });
}
