import { randomUUID } from 'node:crypto';
import { Backoff, silentLogger, Telemetry, type Emit } from '@envigate/runtime';
import {
  BytesInHand,
  bytesOf,
  cutIntoBatches,
  drainBounds,
  pipeBounds,
  type ByteBounds,
} from '../bytes-in-hand.ts';
import {
  FencedError,
  isRetryable,
  type DrainOptions,
  type EventLog,
  type Feed,
  type OutgoingRecord,
  type PipeOptions,
  type Running,
  type StoredRecord,
  type StreamName,
  type StreamPartition,
} from '../port.ts';
import { settle } from '../settle.ts';
import { renewedIdentity, reportRemoved, takeUpPosition } from '../take-up-position.ts';
import { events } from '../telemetry.ts';
import { transformBatch } from '../transform-batch.ts';

const partitionCount = 3;
const usualBatchRecords = 100;

/**
 * The event log in memory, for tests: it passes the contract, but for other processes. One instance, as one
 * process has it; instances that are given the same streams share them. The hooks make an operation fail around
 * its commit, as a broker does.
 */
export class MemoryEventLog implements EventLog {
  /** Awaited before a feed is opened and before the identity is given; what it throws is that call's error. */
  beforeOpen: () => Promise<void> = () => Promise.resolve();
  /** Awaited before records of a feed or a pipe become visible; what it throws makes the commit fail without effect. */
  beforeCommit: () => Promise<void> = () => Promise.resolve();
  /** Awaited after they became visible; what it throws makes the commit fail all the same. */
  afterCommit: () => Promise<void> = () => Promise.resolve();
  readonly streams: MemoryStreams;
  readonly #emit: Emit<typeof events>;
  readonly #running = new Set<Running>();
  #isClosed = false;

  constructor(streams = new MemoryStreams(), telemetry = new Telemetry()) {
    this.streams = streams;
    this.#emit = telemetry.emitter(events, silentLogger());
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  async identity(): Promise<string> {
    await this.beforeOpen();
    return this.streams.content.identity;
  }

  renew(_stream: StreamName, seen: string): Promise<void> {
    this.streams.content.renew(seen);
    return Promise.resolve();
  }

  async openFeed(name: string, recalled = 0): Promise<Feed> {
    this.#refuseClosed();
    await this.beforeOpen();
    const { content } = this.streams;
    const held = content.openFeed(name, recalled);
    const { epoch } = held;
    let { position } = held;
    let isClosed = false;
    this.streams.announce();
    return {
      get position() {
        return position;
      },
      append: async (records, to) => {
        await this.beforeCommit();
        this.#refuseClosed();
        if (isClosed) throw new Error(`feed ${name} was closed`);
        this.#refuseReplaced(content);
        if (held.epoch !== epoch) throw new FencedError(`feed ${name}`);
        content.append(records);
        position = held.position = to;
        this.streams.announce();
        await this.afterCommit();
      },
      close() {
        isClosed = true;
        return Promise.resolve();
      },
    };
  }

  feedPosition(name: string): Promise<number> {
    return Promise.resolve(this.streams.content.feeds.get(name)?.position ?? 0);
  }

  pipe(options: PipeOptions): Promise<Running> {
    const { group, from: stream, maxBatchRecords = usualBatchRecords } = options;
    const groupName = `pipe:${group}`;
    const takeOver = (partition: number): Promise<PartitionTask> => {
      const { content } = this.streams;
      const positions = content.positionsOf(groupName, stream);
      const place = { stream, partition };
      const { start } = content.range(place);
      const from = positions[partition] ?? 0;
      reportRemoved(place, { from, to: start }, this.#reportParts(group));
      return Promise.resolve({
        content,
        begin: Math.max(from, start),
        process: async (records, to) => {
          const outputs = transformBatch(records, options);
          await this.beforeCommit();
          this.#refuseReplaced(content);
          content.append(outputs);
          positions[partition] = to;
          this.streams.announce();
          options.onCommitted?.(records, outputs);
          await this.afterCommit();
        },
      });
    };
    return this.#start({ name: groupName, stream, maxBatchRecords, bounds: pipeBounds, takeOver });
  }

  drain({
    group,
    from: stream,
    sink,
    maxBatchRecords = usualBatchRecords,
  }: DrainOptions): Promise<Running> {
    const reported = new Set<string>();
    const takeOver = async (partition: number): Promise<PartitionTask> => {
      const { content } = this.streams;
      const taken = await takeUpPosition(sink, { stream, partition }, this, {
        ...this.#reportParts(group),
        reported,
        range: (place) => Promise.resolve(content.range(place)),
      });
      let { position } = taken;
      return {
        content,
        begin: taken.begin,
        async process(records, to, signal) {
          const batch = { partition: taken.partition, records, from: position, to };
          await settle(batch, sink, { signal, backoff: shortWaits });
          position = to;
        },
      };
    };
    return this.#start({
      ...{ name: `drain:${group}`, stream, maxBatchRecords, bounds: drainBounds, takeOver },
    });
  }

  groupPositions(group: string, from: StreamName): Promise<readonly number[]> {
    return Promise.resolve([...this.streams.content.positionsOf(`pipe:${group}`, from)]);
  }

  async *scan(stream: StreamName, positions: readonly number[]): AsyncIterable<StoredRecord> {
    const { content } = this.streams;
    const found = content
      .partitionsOf(stream)
      .flatMap((partition, number) => partition.from(positions[number] ?? 0));
    yield* found;
  }

  partitions(stream: StreamName): Promise<number> {
    return Promise.resolve(this.streams.content.partitionsOf(stream).length);
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running].map((work) => work.stop()));
  }

  #start(options: Omit<WorkerOptions, 'streams'>): Promise<Running> {
    this.#refuseClosed();
    const worker = new GroupWorker({ ...options, streams: this.streams });
    this.#running.add(worker);
    return Promise.resolve(worker);
  }

  #reportParts(group: string) {
    return { group, emit: this.#emit, marksPerTransaction: 0 };
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new Error('the event log was closed');
  }

  #refuseReplaced(content: Content): void {
    if (content === this.streams.content) return;
    throw Object.assign(new Error('the event log was made anew'), { retryable: true });
  }
}

/** What the instances of one log share: its streams, its feeds, and who works on which partition. */
export class MemoryStreams {
  #content = new Content();
  readonly #groups = new Map<string, Group>();
  readonly #waiting = new Set<() => void>();

  get content(): Content {
    return this.#content;
  }

  /** Every record of a stream, partition by partition. */
  records(stream: StreamName): readonly StoredRecord[] {
    return this.content.partitionsOf(stream).flatMap((partition) => partition.from(0));
  }

  /** Removes everything and gives the log another identity, as where brokers are rebuilt with empty disks. */
  rebuild(): void {
    this.#content = new Content();
    this.announce();
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

interface HeldFeed {
  position: number;
  epoch: number;
}

/** Everything that is gone where a log is made anew. */
class Content {
  readonly feeds = new Map<string, HeldFeed>();
  readonly #partitions = new Map<StreamName, readonly Partition[]>();
  readonly #positions = new Map<string, number[]>();
  readonly #made = randomUUID();
  #renewal: string | undefined;

  get identity(): string {
    return renewedIdentity(`memory:${this.#made}`, this.#renewal);
  }

  renew(seen: string): void {
    if (this.identity === seen) this.#renewal = randomUUID();
  }

  /** A feed for its new holder: whoever held it before has another epoch. */
  openFeed(name: string, recalled: number): HeldFeed {
    const feed = this.feeds.get(name) ?? { position: recalled, epoch: 0 };
    feed.epoch += 1;
    this.feeds.set(name, feed);
    return feed;
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const record of records) {
      const number = partitionOf(record.key);
      this.partitionsOf(record.stream)[number]?.push(record, number);
    }
  }

  partitionsOf(stream: StreamName): readonly Partition[] {
    let partitions = this.#partitions.get(stream);
    if (partitions === undefined) {
      partitions = Array.from({ length: partitionCount }, () => new Partition());
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
      positions = Array.from({ length: partitionCount }, () => 0);
      this.#positions.set(name, positions);
    }
    return positions;
  }
}

function partitionOf(key: string): number {
  let sum = 0;
  for (const byte of Buffer.from(key)) sum += byte;
  return sum % partitionCount;
}

/** The instances of one group on one stream. Each partition is for one of them, and worked on by one at most. */
class Group {
  readonly #members: GroupWorker[] = [];
  readonly #owners = new Map<number, GroupWorker>();

  join(member: GroupWorker): void {
    this.#members.push(member);
  }

  leave(member: GroupWorker): void {
    this.#members.splice(this.#members.indexOf(member), 1);
  }

  isFor(member: GroupWorker, partition: number): boolean {
    return this.#members[partition % this.#members.length] === member;
  }

  /** False where the partition is for another instance, or another has not given it back yet. */
  tryTake(member: GroupWorker, partition: number): boolean {
    if (!this.isFor(member, partition) || this.#owners.has(partition)) return false;
    this.#owners.set(partition, member);
    return true;
  }

  giveBack(partition: number): void {
    this.#owners.delete(partition);
  }
}

/** A partition in the hands of its owner. */
interface PartitionTask {
  /** The log that was taken up; where it was made anew the partition is taken up again. */
  readonly content: Content;
  /** The first record to be read. */
  readonly begin: number;
  process(records: readonly StoredRecord[], to: number, signal: AbortSignal): Promise<void>;
}

interface WorkerOptions {
  readonly streams: MemoryStreams;
  /** Of the group, without the stream. */
  readonly name: string;
  readonly stream: StreamName;
  readonly maxBatchRecords: number;
  readonly bounds: ByteBounds;
  readonly takeOver: (partition: number) => Promise<PartitionTask>;
}

const shortWaits = { firstMs: 2, maxMs: 50 };

/** One instance of a group: works on the partitions that are for it, a batch of each at a time. */
class GroupWorker implements Running {
  readonly failed: Promise<never>;
  readonly #options: WorkerOptions;
  readonly #group: Group;
  readonly #inHand: BytesInHand;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#inHand = new BytesInHand(options.bounds.inHandBytes);
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined); // whoever holds it may look later
    this.#group = options.streams.groupOf(`${options.name} ${options.stream}`);
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'));
    await this.#done;
  }

  async #run(): Promise<void> {
    const { streams } = this.#options;
    this.#group.join(this);
    streams.announce();
    const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
    await Promise.all(partitions.map((partition) => this.#ownWhileOurs(partition)));
    this.#group.leave(this);
    streams.announce();
  }

  async #ownWhileOurs(partition: number): Promise<void> {
    const { streams } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (!this.#group.tryTake(this, partition)) {
        await streams.change(signal);
        continue;
      }
      await this.#workOn(partition, new Backoff(shortWaits));
      this.#group.giveBack(partition);
      streams.announce();
    }
  }

  /** Until the partition is for another instance, or this one stops. Never rejects. */
  async #workOn(partition: number, backoff: Backoff): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#mayGoOn(partition)) {
      try {
        await this.#processBatches(partition, () => backoff.reset());
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof FencedError) && !isRetryable(error)) {
          this.#fail(error);
          this.#stopping.abort(error);
          return;
        }
        await backoff.wait(signal);
      }
    }
  }

  async #processBatches(partition: number, onProgress: () => void): Promise<void> {
    const { streams, stream, maxBatchRecords, bounds, takeOver } = this.#options;
    const { signal } = this.#stopping;
    const task = await takeOver(partition);
    let at = task.begin;
    while (this.#mayGoOn(partition) && task.content === streams.content) {
      const waiting = task.content.partitionsOf(stream)[partition]?.from(at, maxBatchRecords) ?? [];
      const [records] = cutIntoBatches(waiting, maxBatchRecords, bounds);
      const last = records?.at(-1);
      if (records === undefined || last === undefined) {
        await streams.change(signal);
        continue;
      }
      const to = last.offset + 1;
      await this.#inHand.use(bytesOf(records), signal, () => task.process(records, to, signal));
      at = to;
      onProgress();
    }
  }

  #mayGoOn(partition: number): boolean {
    return !this.#stopping.signal.aborted && this.#group.isFor(this, partition);
  }
}
