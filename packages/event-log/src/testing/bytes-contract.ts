import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { bytesOf, drainBounds, pipeBounds, type ByteBounds } from '../batches.ts';
import { streams, type OutgoingRecord, type StoredRecord } from '../port.ts';
import { eventually } from './eventually.ts';
import { expectExactly } from './expect-exactly.ts';
import { eachOnABench, type EventLogHarness } from './harness.ts';
import { MemorySink } from './memory-sink.ts';
import { publish } from './publish.ts';
import { copying, readAll, someRecords } from './records.ts';

const kilobyte = 1024;
const mebibyte = 1024 * kilobyte;

/** Of several keys, and so in all partitions. */
function largeRecords(count: number, bytes: number): OutgoingRecord[] {
  return someRecords(count).map((record) => ({ ...record, value: Buffer.alloc(bytes, record.id) }));
}

/** What batches hold of the bytes while they are worked on. */
class Held {
  #bytes = 0;
  #batches = 0;
  readonly #bounds: ByteBounds;
  readonly broken: string[] = [];

  constructor(bounds: ByteBounds) {
    this.#bounds = bounds;
  }

  begin(records: readonly StoredRecord[]): void {
    const bytes = bytesOf(records);
    this.#bytes += bytes;
    this.#batches += 1;
    const { batchBytes, inHandBytes } = this.#bounds;
    if (bytes > batchBytes && records.length > 1)
      this.broken.push(`a batch of ${records.length} records with ${bytes} bytes`);
    if (this.#bytes > inHandBytes && this.#batches > 1)
      this.broken.push(`${this.#batches} batches with ${this.#bytes} bytes in hand`);
  }

  end(records: readonly StoredRecord[]): void {
    this.#bytes -= bytesOf(records);
    this.#batches -= 1;
  }
}

async function publishEach(
  log: Parameters<typeof publish>[0],
  records: readonly OutgoingRecord[],
): Promise<void> {
  for (const record of records) await publish(log, [record]);
}

export function bytesContract(harness: EventLogHarness): void {
  describe('bytes in hand', () => {
    const on = eachOnABench(harness);

    test.each([
      ['a fifth of a batch', 20, 400 * kilobyte],
      ['more than a batch', 12, 3 * mebibyte],
      ['more than all that may be in hand', 3, 9 * mebibyte],
    ])(
      'of the partitions of a drain stay within their bound with records of %s',
      async (_what, count, bytes) => {
        const held = new Held(drainBounds);
        const sink = new MemorySink();
        sink.beforeCommit = async ({ records }) => {
          held.begin(records);
          await delay(50);
          held.end(records);
        };
        const sent = largeRecords(count, bytes);
        await publishEach(on.log, sent);
        const running = await on.log.drain({ group: 'recorder', from: streams.files, sink });
        await eventually(() => expectExactly(sink.committed, sent));
        for (const { id, value } of sink.committed)
          expect(Buffer.alloc(bytes, id).equals(value)).toBe(true);
        expect(held.broken).toEqual([]);
        await running.stop();
      },
    );

    test.each([
      ['a fifth of a batch', 40, 200 * kilobyte],
      ['nearly a batch', 16, 900 * kilobyte],
      ['more than all that may be in hand', 4, 3 * mebibyte],
    ])(
      'of the partitions of a pipe stay within their bound with records of %s',
      async (_what, count, bytes) => {
        const held = new Held(pipeBounds);
        const sent = largeRecords(count, bytes);
        await publishEach(on.log, sent);
        const running = await on.log.pipe({
          group: 'normaliser',
          from: streams.files,
          ...copying,
          transform(records) {
            held.begin(records);
            return copying.transform(records);
          },
          onCommitted: (records) => held.end(records),
        });
        await eventually(async () => expectExactly(await readAll(on.log, streams.readings), sent));
        expect(held.broken).toEqual([]);
        await running.stop();
      },
    );
  });
}
