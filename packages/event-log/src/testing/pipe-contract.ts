import { describe, expect, test } from '@jest/globals';
import {
  streams,
  type EventLog,
  type OutgoingRecord,
  type PipeOptions,
  type StoredRecord,
} from '../port.ts';
import { eventually } from './eventually.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { publish } from './publish.ts';
import { copying, numberedRecord, readAll, someRecords } from './records.ts';

const copy = (log: EventLog, changes: Partial<PipeOptions> = {}) =>
  log.pipe({ group: 'normaliser', from: streams.files, ...copying, ...changes });

/** Asked in the moment of the report, as its receiver would. */
async function expectVisible(log: EventLog, outputs: readonly OutgoingRecord[]): Promise<void> {
  for (const stream of new Set(outputs.map((output) => output.stream))) {
    const ids = new Set((await readAll(log, stream)).map(({ id }) => id));
    for (const output of outputs) if (output.stream === stream) expect(ids).toContain(output.id);
  }
}

export function pipeContract(harness: EventLogHarness): void {
  describe('pipe', () => {
    const on = eachOnABench(harness);
    const expectReadings = (records: readonly { key: string; id: string }[]): Promise<void> =>
      eventually(async () => expectExactly(await readAll(on.log, streams.readings), records));

    test('starts at the oldest record and goes on with what comes', async () => {
      await publish(on.log, someRecords(60));
      const running = await copy(on.log);
      await expectReadings(someRecords(60));
      await publish(on.log, someRecords(60, 60));
      await expectReadings(someRecords(120));
      await running.stop();
    });

    test('goes on where the group stopped, in another instance too', async () => {
      await publish(on.log, someRecords(40));
      const first = await copy(on.log);
      await expectReadings(someRecords(40));
      await first.stop();
      await publish(on.log, someRecords(40, 40));
      const other = await on.bench.open();
      const second = await copy(other);
      await expectReadings(someRecords(80));
      await second.stop();
    });

    test('gives every group every record', async () => {
      await publish(on.log, someRecords(30));
      const toGaps: PipeOptions['transform'] = (records) =>
        records.map(({ key, id, value }) => ({ stream: streams.gaps, key, id, value }));
      await copy(on.log);
      await copy(on.log, { group: 'other', transform: toGaps });
      await expectReadings(someRecords(30));
      await eventually(async () =>
        expectExactly(await readAll(on.log, streams.gaps), someRecords(30)),
      );
    });

    test('reports how far a group is; a scan from there yields the rest', async () => {
      const { log } = on;
      const none = Array.from({ length: await log.partitions(streams.files) }, () => 0);
      expect(await log.groupPositions('normaliser', streams.files)).toEqual(none);
      await publish(log, someRecords(50));
      const running = await copy(log);
      await expectReadings(someRecords(50));
      await running.stop();
      await publish(log, someRecords(9, 50));
      const rest: StoredRecord[] = [];
      const positions = await log.groupPositions('normaliser', streams.files);
      for await (const record of log.scan(streams.files, positions)) rest.push(record);
      expectExactly(rest, someRecords(9, 50));
      expect(await log.groupPositions('other', streams.files)).toEqual(none);
    });

    test('moves on where a transform has no outputs', async () => {
      await publish(on.log, someRecords(25));
      const seen: StoredRecord[] = [];
      const running = await copy(on.log, {
        transform: (records) => (seen.push(...records), []),
      });
      await eventually(() => expectExactly(seen, someRecords(25)));
      await running.stop();
      const again = await copy(on.log);
      await publish(on.log, someRecords(5, 25));
      await expectReadings(someRecords(5, 25));
      await again.stop();
    });

    test('takes at most maxBatchRecords at once', async () => {
      await publish(on.log, someRecords(100));
      const sizes: number[] = [];
      await copy(on.log, {
        maxBatchRecords: 7,
        transform(records) {
          sizes.push(records.length);
          return copying.transform(records);
        },
      });
      await expectReadings(someRecords(100));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(7);
    });

    test('gives a record that cannot be transformed to poison; its neighbours flow', async () => {
      const bad = new Set(['r3', 'r4', 'r20']);
      const running = await copy(on.log, {
        transform(records) {
          if (records.some(({ id }) => bad.has(id))) throw new Error('cannot be read');
          return copying.transform(records);
        },
        poison: ({ key, id, value }, error) => [
          { stream: streams.quarantine, key, id: `${id}: ${String(error)}`, value },
        ],
      });
      await publish(on.log, someRecords(30));
      await expectReadings(someRecords(30).filter(({ id }) => !bad.has(id)));
      await eventually(async () =>
        expectExactly(
          await readAll(on.log, streams.quarantine),
          [3, 4, 20].map((number) => ({
            key: numberedRecord(number).key,
            id: `r${number}: Error: cannot be read`,
          })),
        ),
      );
      await running.stop();
    });

    test('reports each record once, after its outputs became visible', async () => {
      const reported: StoredRecord[] = [];
      const visible: Promise<unknown>[] = [];
      let attempts = 0;
      const running = await copy(on.log, {
        maxBatchRecords: 4,
        transform(records) {
          attempts += records.length;
          if (records.some(({ id }) => id === 'r5')) throw new Error('cannot be read');
          return copying.transform(records);
        },
        poison: ({ key, id, value }) => [{ stream: streams.quarantine, key, id, value }],
        onCommitted(records, outputs) {
          expect(outputs.map(({ id }) => id)).toEqual(records.map(({ id }) => id));
          reported.push(...records);
          visible.push(expectVisible(on.log, outputs));
        },
      });
      await publish(on.log, someRecords(40));
      await eventually(() => expectExactly(reported, someRecords(40)));
      await running.stop();
      await Promise.all(visible);
      expect(attempts).toBeGreaterThan(40);
      const again = await copy(on.log, { onCommitted: (records) => reported.push(...records) });
      await publish(on.log, someRecords(1, 40));
      await eventually(() => expectExactly(reported, someRecords(41)));
      await again.stop();
    });

    test('ends, and says so, where even poison fails', async () => {
      const fail = (): never => {
        throw new Error('a bug');
      };
      const running = await copy(on.log, { transform: fail, poison: fail });
      const failure = expect(running.failed).rejects.toThrow('a bug');
      await publish(on.log, someRecords(1));
      await failure;
      await running.stop();
      expect(await readAll(on.log, streams.readings)).toEqual([]);
      const repaired = await copy(on.log);
      await expectReadings(someRecords(1));
      await repaired.stop();
    });

    test('does nothing more once it was stopped', async () => {
      const running = await copy(on.log);
      await publish(on.log, someRecords(10));
      await expectReadings(someRecords(10));
      await Promise.all([running.stop(), running.stop()]);
      await publish(on.log, someRecords(10, 10));
      const other = await copy(on.log, {
        group: 'other',
        transform: (records) =>
          records.map(({ key, id, value }) => ({ stream: streams.gaps, key, id, value })),
      });
      await eventually(async () =>
        expectExactly(await readAll(on.log, streams.gaps), someRecords(20)),
      );
      expectExactly(await readAll(on.log, streams.readings), someRecords(10));
      await other.stop();
    });

    test('closing the log ends its pipes', async () => {
      const other = await on.bench.open();
      await copy(other);
      await publish(on.log, someRecords(10));
      await expectReadings(someRecords(10));
      await other.close();
      const running = await copy(on.log);
      await publish(on.log, someRecords(10, 10));
      await expectReadings(someRecords(20));
      await running.stop();
    });
  });
}
