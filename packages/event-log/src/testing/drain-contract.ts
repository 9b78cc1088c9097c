import { describe, expect, test } from '@jest/globals';
import {
  FencedError,
  streams,
  type DrainBatch,
  type DrainOptions,
  type EventLog,
} from '../port.ts';
import { eventually } from './eventually.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { MemorySink } from './memory-sink.ts';
import { publish } from './publish.ts';
import { readAll, someRecords } from './records.ts';

const drain = (log: EventLog, sink: MemorySink, changes: Partial<DrainOptions> = {}) =>
  log.drain({ group: 'recorder', from: streams.files, sink, ...changes });

const has = (batch: DrainBatch, id: string): boolean =>
  batch.records.some((record) => record.id === id);

export function drainContract(harness: EventLogHarness): void {
  describe('drain', () => {
    const on = eachOnABench(harness);
    const expectCommitted = (sink: MemorySink, count: number): Promise<void> =>
      eventually(() => expectExactly(sink.committed, someRecords(count)));

    test('brings every record into the sink, from the oldest on', async () => {
      const sink = new MemorySink();
      await publish(on.log, someRecords(80));
      const running = await drain(on.log, sink, { maxBatchRecords: 9 });
      await expectCommitted(sink, 80);
      await publish(on.log, someRecords(80, 80));
      await expectCommitted(sink, 160);
      expect(Math.max(...sink.batches.map(({ records }) => records.length))).toBeLessThanOrEqual(9);
      await running.stop();
    });

    test('goes on from the position of the sink, not of the group', async () => {
      await publish(on.log, someRecords(40));
      const sink = new MemorySink();
      const first = await drain(on.log, sink);
      await expectCommitted(sink, 40);
      await first.stop();
      await publish(on.log, someRecords(5, 40));
      const again = await drain(on.log, sink);
      await expectCommitted(sink, 45);
      await again.stop();
      // The same group with a sink that lost everything: it is filled again.
      const empty = new MemorySink();
      const refill = await drain(on.log, empty);
      await expectCommitted(empty, 45);
      await refill.stop();
    });

    test('tries a passing fault again until it is over, and skips nothing', async () => {
      const sink = new MemorySink();
      let failures = 0;
      sink.beforeCommit = () => {
        if (failures++ < 6) throw Object.assign(new Error('database away'), { retryable: true });
      };
      const running = await drain(on.log, sink);
      await publish(on.log, someRecords(30));
      await expectCommitted(sink, 30);
      expect(sink.rejected).toEqual([]);
      await running.stop();
    });

    test('rejects the one record that the sink refuses; its neighbours are stored in order', async () => {
      const sink = new MemorySink();
      const attempts: number[] = [];
      sink.beforeCommit = (batch) => {
        if (!has(batch, 'r11')) return;
        attempts.push(batch.records.length);
        throw new Error('value out of range');
      };
      await publish(on.log, someRecords(30));
      const running = await drain(on.log, sink);
      await eventually(() => {
        expectExactly(
          sink.committed,
          someRecords(30).filter(({ id }) => id !== 'r11'),
        );
        expect(sink.rejected).toHaveLength(1);
      });
      expect(sink.rejected[0]).toMatchObject({
        record: { id: 'r11' },
        error: { message: 'value out of range' },
      });
      expect(attempts.filter((records) => records === 1)).toHaveLength(3);
      await running.stop();
    });

    test('goes on from where another owner has moved the sink', async () => {
      const sink = new MemorySink();
      await publish(on.log, someRecords(30));
      const all = await readAll(on.log, streams.files);
      const { partition } = all[0]!;
      const identity = await on.log.identity(streams.files);
      const place = { log: identity, stream: streams.files, partition };
      const skipped = all.filter((record) => record.partition === partition).slice(0, 3);
      let moved = false;
      sink.beforeCommit = (batch) => {
        if (moved || batch.partition.partition !== partition) return;
        moved = true;
        sink.setPosition(place, skipped[2]!.offset + 1);
      };
      const running = await drain(on.log, sink, { maxBatchRecords: 2 });
      const ids = new Set(skipped.map(({ id }) => id));
      await eventually(() =>
        expectExactly(
          sink.committed,
          someRecords(30).filter(({ id }) => !ids.has(id)),
        ),
      );
      await running.stop();
    });

    test('goes on after the sink said that it was fenced although nothing moved', async () => {
      const sink = new MemorySink();
      let fenced = 0;
      sink.beforeCommit = () => {
        if (fenced++ === 0) throw new FencedError('the sink');
      };
      const running = await drain(on.log, sink);
      await publish(on.log, someRecords(10));
      await expectCommitted(sink, 10);
      await running.stop();
    });

    test('waits for a sink whose position cannot be read yet', async () => {
      const sink = new MemorySink();
      const position = sink.position.bind(sink);
      let failures = 0;
      sink.position = (partition) =>
        failures++ < 5
          ? Promise.reject(Object.assign(new Error('database away'), { retryable: true }))
          : position(partition);
      const running = await drain(on.log, sink);
      await publish(on.log, someRecords(10));
      await expectCommitted(sink, 10);
      await running.stop();
    });

    test('ends, and says so, where the sink cannot even reject', async () => {
      const sink = new MemorySink();
      sink.beforeCommit = () => {
        throw new Error('no such table');
      };
      sink.reject = () => Promise.reject(new Error('no such table either'));
      const running = await drain(on.log, sink);
      const failure = expect(running.failed).rejects.toThrow();
      await publish(on.log, someRecords(1));
      await failure;
      await running.stop();
      expect(sink.committed).toEqual([]);
    });

    test('holds one batch of a partition in hand, however much waits behind it', async () => {
      const sink = new MemorySink();
      const partitions = await on.log.partitions(streams.files);
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const inHand: DrainBatch[] = [];
      sink.beforeCommit = (batch) => {
        inHand.push(batch);
        return released;
      };
      const running = await drain(on.log, sink, { maxBatchRecords: 10 });
      await publish(on.log, someRecords(700));
      await eventually(() => expect(inHand.length).toBeGreaterThan(0));
      await publish(on.log, someRecords(700, 700));
      expect(inHand.length).toBeLessThanOrEqual(partitions);
      expect(Math.max(...inHand.map(({ records }) => records.length))).toBeLessThanOrEqual(10);
      release();
      await expectCommitted(sink, 1400);
      await running.stop();
    });

    test('stop waits for the batch in hand and takes no other', async () => {
      const sink = new MemorySink();
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const inHand: DrainBatch[] = [];
      sink.beforeCommit = (batch) => {
        inHand.push(batch);
        return released;
      };
      const running = await drain(on.log, sink, { maxBatchRecords: 3 });
      await publish(on.log, someRecords(100));
      await eventually(() => expect(inHand.length).toBeGreaterThan(0));
      let stopped = false;
      const stopping = running.stop().then(() => (stopped = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(stopped).toBe(false);
      const asked = inHand.length;
      release();
      await stopping;
      // Partitions whose owners had a batch in hand committed it; nobody began another.
      expect(sink.batches).toHaveLength(inHand.length);
      expect(inHand.length).toBeLessThanOrEqual(
        Math.max(asked, await on.log.partitions(streams.files)),
      );
      const again = await drain(on.log, sink);
      await expectCommitted(sink, 100);
      await again.stop();
    });

    test('stop does not wait for a fault to pass', async () => {
      const sink = new MemorySink();
      let attempts = 0;
      sink.beforeCommit = () => {
        attempts += 1;
        throw Object.assign(new Error('database away'), { retryable: true });
      };
      const running = await drain(on.log, sink);
      await publish(on.log, someRecords(5));
      await eventually(() => expect(attempts).toBeGreaterThan(2));
      await running.stop();
      sink.beforeCommit = () => undefined;
      const again = await drain(on.log, sink);
      await expectCommitted(sink, 5);
      await again.stop();
    });
  });
}
