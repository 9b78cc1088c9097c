import { describe, expect, test } from '@jest/globals';
import { streams } from '../port.ts';
import { eventually } from './eventually.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { MemorySink } from './memory-sink.ts';
import { publish } from './publish.ts';
import { copying, readAll, someRecords } from './records.ts';

const pipeWork = { group: 'normaliser', from: streams.files, maxBatchRecords: 10 } as const;
const drainWork = { group: 'recorder', from: streams.readings, maxBatchRecords: 10 } as const;

/** Instances in processes of their own, killed and paused for real. */
export function crashContract(harness: EventLogHarness): void {
  describe('a process that dies or sleeps', () => {
    const on = eachOnABench(harness);

    test('killed again and again, pipe and drain lose and double nothing', async () => {
      const sent = 1500;
      const sink = new MemorySink();
      await publish(on.log, someRecords(sent));
      for (let kill = 1; kill <= 4; kill++) {
        const child = on.bench.spawn({ pipe: pipeWork, drain: drainWork });
        child.sink = sink;
        await child.heard('ready');
        // Killed once it has got further, wherever it is then: between reading, sending, committing.
        const goal = Math.min(sink.committed.length + 100 + Math.random() * 100, sent);
        await eventually(() => expect(sink.committed.length).toBeGreaterThanOrEqual(goal), {
          everyMs: 3,
        });
        await child.kill();
      }
      const running = [
        await on.log.pipe({ ...pipeWork, ...copying }),
        await on.log.drain({ ...drainWork, sink }),
      ];
      await eventually(() => expect(sink.committed.length).toBeGreaterThanOrEqual(sent));
      for (const each of running) await each.stop();
      expectExactly(await readAll(on.log, streams.readings), someRecords(sent));
      expectExactly(sink.committed, someRecords(sent));
    });

    test('killed again and again, a feed publishes everything once', async () => {
      const feed = { name: 'spool-a', total: 3000, atOnce: 3 };
      for (let kill = 1; kill <= 4; kill++) {
        const goal = (await on.log.feedPosition(feed.name)) + 60 + Math.random() * 90;
        const child = on.bench.spawn({ feed });
        await eventually(
          async () =>
            expect(await on.log.feedPosition(feed.name)).toBeGreaterThanOrEqual(
              Math.min(goal, feed.total),
            ),
          { everyMs: 3 },
        );
        await child.kill();
      }
      const last = on.bench.spawn({ feed });
      await last.heard('done');
      await last.stop();
      expect(await on.log.feedPosition(feed.name)).toBe(feed.total);
      expectExactly(await readAll(on.log, streams.files), someRecords(feed.total));
    });

    test('an owner that slept through its replacement finds its pipe fenced', async () => {
      await publish(on.log, someRecords(200));
      const sleeper = on.bench.spawn({ pipe: { ...pipeWork, pauseInBatch: 2 } });
      await sleeper.heard('pausing');
      const running = await on.log.pipe({ ...pipeWork, ...copying });
      const readings = (count: number) =>
        eventually(
          async () => expectExactly(await readAll(on.log, streams.readings), someRecords(count)),
          { timeoutMs: 60_000 },
        );
      await readings(200);
      sleeper.resume();
      await publish(on.log, someRecords(200, 200));
      await readings(400);
      // It noticed, released its partition and is alive.
      await sleeper.stop();
      await running.stop();
      await readings(400);
    });

    test('an owner that slept through its replacement finds its drain fenced', async () => {
      const sink = new MemorySink();
      await publish(on.log, someRecords(200));
      const work = { ...drainWork, from: streams.files };
      const sleeper = on.bench.spawn({ drain: { ...work, pauseInBatch: 2 } });
      sleeper.sink = sink;
      await sleeper.heard('pausing');
      const running = await on.log.drain({ ...work, sink });
      const committed = (count: number) =>
        eventually(() => expectExactly(sink.committed, someRecords(count)), { timeoutMs: 60_000 });
      await committed(200);
      sleeper.resume();
      await publish(on.log, someRecords(200, 200));
      await committed(400);
      await sleeper.stop();
      await running.stop();
      await committed(400);
      expect(sink.rejected).toEqual([]);
    });
  });
}
