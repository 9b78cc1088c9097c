import { describe, expect, test } from '@jest/globals';
import { streams, type DrainBatch } from '../port.ts';
import { eventually } from './eventually.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { MemorySink } from './memory-sink.ts';
import { publish } from './publish.ts';
import { someRecords } from './records.ts';

export function groupContract(harness: EventLogHarness): void {
  describe('instances of a group', () => {
    const on = eachOnABench(harness);

    test('never work at once on one key, while they come and go', async () => {
      const sink = new MemorySink();
      const busy = new Set<number>();
      const overlaps: number[] = [];
      /** The sink as one instance sees it: it takes its time, and notices others in its partition. */
      const watched = () => ({
        position: sink.position.bind(sink),
        reject: sink.reject.bind(sink),
        async commit(batch: DrainBatch) {
          const { partition } = batch.partition;
          if (busy.has(partition)) overlaps.push(partition);
          busy.add(partition);
          await new Promise((resolve) => setTimeout(resolve, 3));
          busy.delete(partition);
          await sink.commit(batch);
        },
      });
      const options = { group: 'recorder', from: streams.files, maxBatchRecords: 5 };
      const other = await on.bench.open();
      await publish(on.log, someRecords(400));
      const first = await on.log.drain({ ...options, sink: watched() });
      await eventually(() => expect(sink.committed.length).toBeGreaterThan(50));
      const second = await other.drain({ ...options, sink: watched() });
      await publish(on.log, someRecords(400, 400));
      await eventually(() => expect(sink.committed.length).toBeGreaterThan(400));
      await first.stop();
      await publish(on.log, someRecords(400, 800));
      await eventually(() => expectExactly(sink.committed, someRecords(1200)));
      await second.stop();
      expect(overlaps).toEqual([]);
    });

    test('share the partitions', async () => {
      const sinks = [new MemorySink(), new MemorySink()] as const;
      const shared = new MemorySink();
      const part = (own: MemorySink) => ({
        position: shared.position.bind(shared),
        reject: shared.reject.bind(shared),
        async commit(batch: DrainBatch) {
          await shared.commit(batch);
          own.committed.push(...batch.records);
        },
      });
      const other = await on.bench.open();
      const options = { group: 'recorder', from: streams.files };
      const running = [
        await on.log.drain({ ...options, sink: part(sinks[0]) }),
        await other.drain({ ...options, sink: part(sinks[1]) }),
      ];
      let sent = 0;
      await eventually(
        async () => {
          await publish(on.log, someRecords(20, sent));
          sent += 20;
          expect(sinks[0].committed.length).toBeGreaterThan(0);
          expect(sinks[1].committed.length).toBeGreaterThan(0);
        },
        { everyMs: 100 },
      );
      await eventually(() => expectExactly(shared.committed, someRecords(sent)));
      for (const each of running) await each.stop();
    });

    test('a group that makes no progress holds up no other', async () => {
      const stuck = new MemorySink();
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      stuck.beforeCommit = () => released;
      const flowing = new MemorySink();
      const running = [
        await on.log.drain({ group: 'stuck', from: streams.files, sink: stuck }),
        await on.log.drain({ group: 'flowing', from: streams.files, sink: flowing }),
      ];
      await publish(on.log, someRecords(100));
      await eventually(() => expectExactly(flowing.committed, someRecords(100)));
      expect(stuck.committed).toEqual([]);
      release();
      await eventually(() => expectExactly(stuck.committed, someRecords(100)));
      for (const each of running) await each.stop();
    });
  });
}
