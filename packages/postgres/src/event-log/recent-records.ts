import type { OutgoingRecord, StoredRecord, StreamPartition } from '@envigate/event-log';

/** Of all partitions together: what two streams bring in about a second at full speed. */
const defaultMaxBytes = 16 * 1024 * 1024;
/** A record counts at least as much, so that empty ones are bounded too. */
const leastBytes = 256;
/** A message takes about three times the bytes in which it is written. */
const bytesOfMessage = 3;

/** Records of one partition that were appended by one statement, in their order. */
export interface AppendedRecords extends StreamPartition {
  readonly records: readonly OutgoingRecord[];
  /** The offset behind the last of them. */
  readonly end: number;
}

interface Limits {
  readonly records: number;
  /** Of all values together. */
  readonly bytes: number;
}

interface Found {
  /** Never empty. */
  readonly records: readonly StoredRecord[];
  /** A limit was reached: there may be more. */
  readonly isFull: boolean;
}

/** What a reader of a partition needs of it; `stop` when it reads no longer. */
export interface Follower {
  /** Records from the offset on, as many as the limits allow; undefined where the table is to be asked. */
  read(from: number, limits: Limits): Found | undefined;
  stop(): void;
}

/**
 * The newest records that this process appended to partitions which it also reads, so that a process with
 * several services does not read back from the database what it wrote a moment before. It holds committed
 * records only, of each partition an unbroken sequence of offsets: as records of a partition become visible
 * in the order of their offsets, none of another process is missing among them. Everything else is read
 * from the table, which is the truth.
 *
 * What all followers of a partition have passed is dropped. If more than the bound is left, the longest
 * sequence is dropped: its reader is behind and reads the table until it has caught up.
 */
export class RecentRecords {
  readonly #maxBytes: number;
  readonly #sequences = new Map<string, Sequence>();

  constructor(maxBytes = defaultMaxBytes) {
    this.#maxBytes = maxBytes;
  }

  /** From now on the partition's records are kept. */
  follow(place: StreamPartition): Follower {
    const name = nameOf(place);
    const sequence = this.#sequences.get(name) ?? new Sequence();
    this.#sequences.set(name, sequence);
    const self = {};
    sequence.positions.set(self, 0);
    return {
      read(from, limits) {
        sequence.positions.set(self, from);
        sequence.dropPassed();
        return sequence.read(from, limits);
      },
      stop: () => {
        sequence.positions.delete(self);
        if (sequence.positions.size === 0) this.#sequences.delete(name);
      },
    };
  }

  /** To be called in the order of the appends, after their commits. */
  add({ stream, partition, records, end }: AppendedRecords): void {
    const sequence = this.#sequences.get(nameOf({ stream, partition }));
    if (sequence === undefined) return;
    const begin = end - records.length;
    if (begin !== sequence.end) sequence.clear();
    records.forEach(({ key, id, value, message }, i) =>
      sequence.push({ stream, partition, offset: begin + i, key, id, value, message }),
    );
    this.#keepBound();
  }

  /** Of a partition whose records may be others by now than those that were appended. */
  forget(place: StreamPartition): void {
    this.#sequences.get(nameOf(place))?.clear();
  }

  forgetAll(): void {
    for (const sequence of this.#sequences.values()) sequence.clear();
  }

  #keepBound(): void {
    const all = [...this.#sequences.values()];
    while (all.reduce((sum, { bytes }) => sum + bytes, 0) > this.#maxBytes)
      all.reduce((one, other) => (other.bytes > one.bytes ? other : one)).clear();
  }
}

/** Records of one partition whose offsets follow each other without a hole. */
class Sequence {
  /** Of each follower: where it read last. */
  readonly positions = new Map<object, number>();
  bytes = 0;
  #records: StoredRecord[] = [];

  /** The offset behind the last record; undefined where there is none. */
  get end(): number | undefined {
    const last = this.#records.at(-1);
    return last && last.offset + 1;
  }

  push(record: StoredRecord): void {
    this.#records.push(record);
    this.bytes += bytesOf(record);
  }

  clear(): void {
    this.#records = [];
    this.bytes = 0;
  }

  dropPassed(): void {
    const [first] = this.#records;
    if (first === undefined) return;
    const passed = Math.min(...this.positions.values()) - first.offset;
    if (passed <= 0) return;
    for (const record of this.#records.splice(0, passed)) this.bytes -= bytesOf(record);
  }

  /** A first record that alone is larger than the limit is the table's, which states its size. */
  read(from: number, limits: Limits): Found | undefined {
    const begin = from - (this.#records[0]?.offset ?? Infinity);
    if (begin < 0) return undefined;
    let room = limits.bytes;
    let end = begin;
    while (end < this.#records.length && end - begin < limits.records) {
      room -= this.#records[end]?.value.length ?? 0;
      if (room < 0) break;
      end += 1;
    }
    if (end === begin) return undefined;
    const isFull = room < 0 || end - begin === limits.records;
    return { records: this.#records.slice(begin, end), isFull };
  }
}

function bytesOf({ value, message }: StoredRecord): number {
  const bytes = value.length * (message === undefined ? 1 : 1 + bytesOfMessage);
  return Math.max(bytes, leastBytes);
}

function nameOf({ stream, partition }: StreamPartition): string {
  return `${stream} ${partition}`;
}
