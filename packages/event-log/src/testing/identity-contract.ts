import { describe, expect, test } from '@jest/globals';
import { Telemetry } from '@envigate/runtime';
import { streams, type EventLog, type OutgoingRecord } from '../port.ts';
import { eventually } from './eventually.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { MemorySink } from './memory-sink.ts';
import { publish } from './publish.ts';
import { copying, readAll, someRecords } from './records.ts';

const recorder = { group: 'recorder', from: streams.files } as const;

/** Positions count in the log in which they were made, and in no other. */
export function identityContract(harness: EventLogHarness): void {
  describe('identity', () => {
    const on = eachOnABench(harness);

    const drained = async (log: EventLog, sink: MemorySink, count: number): Promise<void> => {
      const running = await log.drain({ ...recorder, sink });
      await eventually(() => expect(sink.committed).toHaveLength(count));
      await running.stop();
    };
    /** Of the first record's partition, so that all of one key can be counted on. */
    const oneKey = (count: number, first = 0): OutgoingRecord[] =>
      someRecords(count, first).map((record) => ({ ...record, key: 'one' }));
    const partitionOf = async (): Promise<number> =>
      (await readAll(on.log, streams.files)).find(({ key }) => key === 'one')!.partition;

    test('is the same for every instance, and stays', async () => {
      const identity = await on.log.identity(streams.files);
      const other = await on.bench.open();
      await other.prepare();
      await publish(on.log, someRecords(5));
      expect(await other.identity(streams.files)).toBe(identity);
      expect(identity).toMatch(/\S/);
    });

    test('is another one for a log that was made anew', async () => {
      const before = await on.log.identity(streams.readings);
      await on.bench.rebuild();
      const other = await on.bench.open();
      expect(await other.identity(streams.readings)).not.toBe(before);
    });

    test('is renewed once, whoever notices how often that it must be', async () => {
      const other = await on.bench.open();
      const before = await on.log.identity(streams.files);
      await Promise.all([
        on.log.renew(streams.files, before),
        other.renew(streams.files, before),
        on.log.renew(streams.files, before),
      ]);
      const renewed = await on.log.identity(streams.files);
      expect(renewed).not.toBe(before);
      expect(await other.identity(streams.files)).toBe(renewed);
      await other.renew(streams.files, before); // long known
      expect(await other.identity(streams.files)).toBe(renewed);
      await on.log.renew(streams.files, renewed);
      expect([before, renewed]).not.toContain(await other.identity(streams.files));
    });

    test('a sink that came far in another log begins at the first record of this one', async () => {
      const sink = new MemorySink();
      await publish(on.log, someRecords(200));
      await drained(on.log, sink, 200);
      await on.log.close();
      await on.bench.rebuild();
      const rebuilt = await on.bench.open();
      sink.committed.splice(0);
      await publish(rebuilt, someRecords(40, 200));
      await drained(rebuilt, sink, 40);
      expectExactly(sink.committed, someRecords(40, 200));
    });

    test('pipe, drain and feed that are at work while the log is made anew miss nothing of it', async () => {
      const sink = new MemorySink();
      const log = await on.bench.open();
      const running = [
        await log.pipe({ group: 'normaliser', from: streams.files, ...copying }),
        await log.drain({ group: 'recorder', from: streams.readings, sink }),
      ];
      await publish(log, someRecords(150));
      await eventually(() => expectExactly(sink.committed, someRecords(150)));
      await on.bench.rebuild();
      sink.committed.splice(0);
      const source = await on.bench.open();
      await publish(source, someRecords(60, 150));
      await eventually(() => expectExactly(sink.committed, someRecords(60, 150)), {
        timeoutMs: 60_000,
      });
      for (const each of running) await each.stop();
    });

    test('a log that ends before the position of a sink was put back: it is read from its first record', async () => {
      const telemetry = new Telemetry();
      const log = await on.bench.open(telemetry);
      const sink = new MemorySink();
      const identity = await log.identity(streams.files);
      for (let partition = 0; partition < (await log.partitions(streams.files)); partition++) {
        sink.setPosition({ log: identity, stream: streams.files, partition }, 1_000);
      }
      await publish(log, someRecords(50));
      await drained(log, sink, 50);
      expectExactly(sink.committed, someRecords(50));
      expect(await log.identity(streams.files)).not.toBe(identity);
      expect(await telemetry.metrics()).toMatch(
        /envigate_event_log_put_back_total\{group="recorder",stream="station.files"\} [1-4]\n/,
      );
      // And goes on from there, in the next life too.
      await publish(log, someRecords(5, 50));
      await drained(log, sink, 55);
      expectExactly(sink.committed, someRecords(55));
    });

    test('records that are removed before a group has read them are reported, and it goes on', async () => {
      const telemetry = new Telemetry();
      const log = await on.bench.open(telemetry);
      const sink = new MemorySink();
      await publish(log, oneKey(10));
      await drained(log, sink, 10);
      const seen: string[] = [];
      const startPipe = () =>
        log.pipe({
          ...{ group: 'normaliser', from: streams.files, poison: copying.poison },
          transform: (records) => (seen.push(...records.map(({ id }) => id)), []),
        });
      const first = await startPipe();
      await eventually(() => expect(seen).toHaveLength(10));
      await first.stop();
      await publish(log, oneKey(10, 10)); // one transaction
      await publish(log, oneKey(3, 20));
      const stored = await readAll(log, streams.files);
      const [tenth, kept] = [stored[9]!, stored[20]!];
      const place = { stream: streams.files, partition: await partitionOf() };
      await on.bench.removeBefore(place, kept.offset);
      const second = await startPipe();
      await drained(log, sink, 13);
      await eventually(() => expect(seen).toHaveLength(13));
      await second.stop();
      expectExactly(sink.committed, [...oneKey(10), ...oneKey(3, 20)]);
      const lost = kept.offset - (tenth.offset + 1);
      const metrics = await telemetry.metrics();
      for (const group of ['recorder', 'normaliser']) {
        expect(metrics).toContain(
          `envigate_event_log_removed_unread_records_total{group="${group}",stream="station.files",partition="${place.partition}"} ${lost}\n`,
        );
      }
    });

    test('removal of what every group has read is no report', async () => {
      const telemetry = new Telemetry();
      const log = await on.bench.open(telemetry);
      const sink = new MemorySink();
      await publish(log, oneKey(10));
      await drained(log, sink, 10);
      await publish(log, oneKey(1, 10));
      await drained(log, sink, 11);
      const last = (await readAll(log, streams.files)).at(-1)!;
      const place = { stream: streams.files, partition: await partitionOf() };
      await on.bench.removeBefore(place, last.offset + 1);
      await publish(log, oneKey(2, 11));
      await drained(log, sink, 13);
      expectExactly(sink.committed, oneKey(13));
      expect(await telemetry.metrics()).not.toMatch(/removed_unread_records_total\{/);
    });

    test('a feed goes on where its source remembers to be, if the log does not know', async () => {
      const feed = await on.log.openFeed('spool-a', 25);
      expect(feed.position).toBe(25);
      await feed.append(someRecords(5, 25), 30);
      await feed.close();
      expect(await on.log.feedPosition('spool-a')).toBe(30);
      const next = await on.log.openFeed('spool-a', 40); // the log knows better
      expect(next.position).toBe(30);
      await next.close();
    });
  });
}
