import { randomUUID } from 'node:crypto';
import { renewedIdentity } from '../drain.ts';
import type { OutgoingRecord, StoredRecord, StreamName, StreamPartition } from '../port.ts';

/** What the instances of one log share: its streams, its feeds, and who works on which partition. */
export class MemoryStreams {
  /** Everything that became visible, in the order in which it did, whatever became of the log since. */
  readonly published: OutgoingRecord[] = [];
  readonly partitionCount: number;
  #content: Content;
  readonly #groups = new Map<string, Group>();
  readonly #waiting = new Set<() => void>();

  constructor({ partitions = 3 }: { readonly partitions?: number } = {}) {
    this.partitionCount = partitions;
    this.#content = new Content(partitions);
  }

  get content(): Content {
    return this.#content;
  }

  append(records: readonly OutgoingRecord[]): void {
    this.#content.append(records);
    this.published.push(...records);
    this.announce();
  }

  /** Removes everything and gives the log another identity, as where brokers are rebuilt with empty disks. */
  rebuild(): void {
    this.replaceBy(new Content(this.partitionCount));
  }

  /** Another log in the place of this one, as where another broker is configured, or the one before again. */
  replaceBy(content: Content): void {
    this.#content = content;
    this.announce();
  }

  /** Sets what the log believes to have of a feed. */
  setFeedPosition(name: string, position: number): void {
    this.content.feeds.set(name, { position, epoch: 0 });
  }

  /** Sets how far the pipe of a group has come in a partition. */
  setGroupPosition(group: string, { stream, partition }: StreamPartition, position: number): void {
    this.content.positionsOf(`pipe:${group}`, stream)[partition] = position;
  }

  /** As Kafka does after days without a commit. */
  forgetFeed(name: string): void {
    this.content.feeds.delete(name);
  }

  removeBefore(place: StreamPartition, offset: number): void {
    this.content.partitionsOf(place.stream)[place.partition]?.removeBefore(offset);
  }

  groupOf(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = new Group()));
    return group;
  }

  /** Something changed: whoever waits looks again. */
  announce(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next change, and when the signal aborts. */
  change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Resolves once the condition holds; looked at after every change. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.change(new AbortController().signal);
  }
}

/** One partition: the records from `start` on, one offset after the other. */
class Partition {
  #start = 0;
  readonly #records: StoredRecord[] = [];

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#start + this.#records.length;
  }

  push(record: OutgoingRecord, partition: number): void {
    this.#records.push({ ...record, partition, offset: this.end });
  }

  from(offset: number, limit = Infinity): readonly StoredRecord[] {
    const first = Math.max(0, offset - this.#start);
    return this.#records.slice(first, first + limit);
  }

  removeBefore(offset: number): void {
    this.#records.splice(0, Math.max(0, offset - this.#start));
    this.#start = Math.max(this.#start, offset);
  }
}

interface FeedState {
  position: number;
  epoch: number;
}

/** Everything that is gone where a log is made anew. */
export class Content {
  readonly feeds = new Map<string, FeedState>();
  readonly #partitions = new Map<StreamName, readonly Partition[]>();
  readonly #positions = new Map<string, number[]>();
  readonly #made = randomUUID();
  readonly #partitionCount: number;
  #renewal: string | undefined;

  constructor(partitionCount: number) {
    this.#partitionCount = partitionCount;
  }

  get identity(): string {
    return renewedIdentity(`memory:${this.#made}`, this.#renewal);
  }

  renew(seen: string): void {
    if (this.identity === seen) this.#renewal = randomUUID();
  }

  /** A feed for its new owner: whoever had it before has another epoch. */
  openFeed(name: string, recalled: number): FeedState {
    const feed = this.feeds.get(name) ?? { position: recalled, epoch: 0 };
    feed.epoch += 1;
    this.feeds.set(name, feed);
    return feed;
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const record of records) {
      const number = partitionOf(record.key, this.#partitionCount);
      this.partitionsOf(record.stream)[number]?.push(record, number);
    }
  }

  partitionsOf(stream: StreamName): readonly Partition[] {
    let partitions = this.#partitions.get(stream);
    if (partitions === undefined) {
      partitions = Array.from({ length: this.#partitionCount }, () => new Partition());
      this.#partitions.set(stream, partitions);
    }
    return partitions;
  }

  range({ stream, partition }: StreamPartition): { start: number; end: number } {
    const { start = 0, end = 0 } = this.partitionsOf(stream)[partition] ?? {};
    return { start, end };
  }

  /** Of a pipe's group on a stream; whoever moves one writes into the list. */
  positionsOf(group: string, stream: StreamName): number[] {
    const name = `${group} ${stream}`;
    let positions = this.#positions.get(name);
    if (positions === undefined) {
      positions = Array.from({ length: this.#partitionCount }, () => 0);
      this.#positions.set(name, positions);
    }
    return positions;
  }
}

function partitionOf(key: string, partitions: number): number {
  let sum = 0;
  for (const byte of Buffer.from(key)) sum += byte;
  return sum % partitions;
}

/** The instances of one group on one stream. Each partition is for one of them, and worked on by one at most. */
export class Group {
  readonly #members: object[] = [];
  readonly #owners = new Map<number, object>();

  join(member: object): void {
    this.#members.push(member);
  }

  leave(member: object): void {
    this.#members.splice(this.#members.indexOf(member), 1);
  }

  isFor(member: object, partition: number): boolean {
    return this.#members[partition % this.#members.length] === member;
  }

  /** False where the partition is for another instance, or another has not given it back yet. */
  tryTake(member: object, partition: number): boolean {
    if (!this.isFor(member, partition) || this.#owners.has(partition)) return false;
    this.#owners.set(partition, member);
    return true;
  }

  giveBack(partition: number): void {
    this.#owners.delete(partition);
  }
}
