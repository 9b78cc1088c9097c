import { describe, expect, test } from '@jest/globals';
import { streams } from '../port.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { readAll, someRecords } from './records.ts';

export function appendContract(harness: EventLogHarness): void {
  describe('append and scan', () => {
    const on = eachOnABench(harness);

    test('what append resolved for is visible, byte for byte', async () => {
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
      await on.log.append(records);
      const stored = await readAll(on.log, streams.files);
      for (const { stream, key, id, value } of records) {
        const found = stored.find((record) => record.id === id);
        expect(found).toMatchObject({ stream, key });
        expect(Buffer.compare(Buffer.from(found!.value), value)).toBe(0);
      }
      expect(stored).toHaveLength(records.length);
    });

    test('keeps the order of each key over many calls', async () => {
      const records = someRecords(700);
      for (let first = 0; first < records.length; first += 50) {
        await on.log.append(records.slice(first, first + 50));
      }
      const stored = await readAll(on.log, streams.files);
      expectExactly(stored, records);
      for (const { partition } of stored) {
        const offsets = stored.filter((each) => each.partition === partition);
        expect(offsets).toEqual([...offsets].sort((a, b) => a.offset - b.offset));
      }
    });

    test('keeps all records of appends at the same time, each call in its own order', async () => {
      const other = await on.bench.open();
      const calls = Array.from({ length: 40 }, (_, call) =>
        someRecords(20).map((record) => ({
          ...record,
          key: `call ${call}`,
          id: `${call}/${record.id}`,
        })),
      );
      await Promise.all(calls.map((call, index) => (index % 2 ? other : on.log).append(call)));
      expectExactly(await readAll(on.log, streams.files), calls.flat());
    });

    test('puts a key always into the same partition, whichever instance appends', async () => {
      await on.log.append(someRecords(50));
      const other = await on.bench.open();
      await other.append(someRecords(50, 50));
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

    test('appends to several streams in one call', async () => {
      const records = someRecords(10).flatMap((record) => [
        record,
        { ...record, stream: streams.receipts },
      ]);
      await on.log.append(records);
      expectExactly(await readAll(on.log, streams.files), someRecords(10));
      expectExactly(await readAll(on.log, streams.receipts), someRecords(10));
      expect(await readAll(on.log, streams.gaps)).toEqual([]);
    });

    test('scan starts at the given positions', async () => {
      await on.log.append(someRecords(30));
      const before = await readAll(on.log, streams.files);
      const positions = Array.from({ length: await on.log.partitions(streams.files) }, () => 0);
      for (const { partition, offset } of before) positions[partition] = offset + 1;
      await on.log.append(someRecords(30, 30));
      const added = [];
      for await (const record of on.log.scan(streams.files, positions)) added.push(record);
      expectExactly(added, someRecords(30, 30));
    });

    test('an empty append does nothing', async () => {
      await on.log.append([]);
      expect(await readAll(on.log, streams.files)).toEqual([]);
    });

    test('keeps everything when it is prepared again, also by several at once', async () => {
      await on.log.append(someRecords(20));
      const other = await on.bench.open();
      await Promise.all([on.log.prepare(), other.prepare(), other.prepare()]);
      expectExactly(await readAll(other, streams.files), someRecords(20));
    });

    test('a closed instance appends nothing, and says so', async () => {
      const other = await on.bench.open();
      await other.append(someRecords(1));
      await other.close();
      await other.close();
      await expect(other.append(someRecords(1, 1))).rejects.toThrow();
      await on.log.check();
      expectExactly(await readAll(on.log, streams.files), someRecords(1));
    });
  });
}
