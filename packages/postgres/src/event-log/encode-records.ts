import type { OutgoingRecord } from '@envigate/event-log';
import { RecordRefusedError } from './errors.ts';
import { partitionOf } from './partition-of.ts';

/** Beyond this one value would cost more memory than a batch is allowed. */
const maxValueBytes = 16 << 20;

/** Throws RecordRefusedError for a record that PostgreSQL could never store. */
export function refuseImpossible(records: readonly OutgoingRecord[]): void {
  for (const { id, key, value } of records) {
    if (id.includes('\0') || key.includes('\0')) {
      throw new RecordRefusedError(id, 'its id or key contains the character U+0000');
    }
    if (value.length > maxValueBytes) {
      throw new RecordRefusedError(id, `${value.length} bytes are more than ${maxValueBytes}`);
    }
  }
}

/** The first ten parameters of the publishing statement; see there. */
export function encodeRecords(
  records: readonly OutgoingRecord[],
  partitions: (stream: string) => number,
): readonly unknown[] {
  const slots: Slot[] = [];
  const slotsByName = new Map<string, Slot>();
  const slotNumbers: number[] = [];
  const places: number[] = [];
  const starts: number[] = [];
  const lengths: number[] = [];
  let nextStart = 1; // SQL counts from one
  for (const { stream, key, value } of records) {
    const partition = partitionOf(key, partitions(stream));
    const name = `${stream} ${partition}`;
    let slot = slotsByName.get(name);
    if (slot === undefined) {
      slot = { number: slots.length + 1, stream, partition, records: 0 };
      slots.push(slot);
      slotsByName.set(name, slot);
    }
    slotNumbers.push(slot.number);
    places.push(slot.records++);
    starts.push(nextStart);
    lengths.push(value.length);
    nextStart += value.length;
  }
  return [
    slots.map((slot) => slot.stream),
    slots.map((slot) => slot.partition),
    slots.map((slot) => slot.records),
    slotNumbers,
    places,
    records.map((record) => record.key),
    records.map((record) => record.id),
    starts,
    lengths,
    Buffer.concat(records.map((record) => record.value)),
  ];
}

interface Slot {
  readonly number: number;
  readonly stream: string;
  readonly partition: number;
  records: number;
}
