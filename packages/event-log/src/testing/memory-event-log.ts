import { Backoff, silentLogger, Telemetry, type Emit } from '@envigate/runtime';
import {
  BytesInHand,
  bytesOf,
  cutIntoBatches,
  drainBounds,
  pipeBounds,
  type ByteBounds,
} from '../batches.ts';
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
  eventLogEvents,
} from '../port.ts';
import { commitWithRetry, reportRemoved, takeUpPosition } from '../drain.ts';
import { transformBatch } from '../pipe.ts';
import { MemoryStreams, type Content, type Group } from './memory-streams.ts';

export { MemoryStreams } from './memory-streams.ts';

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
  beforeCommit: (records: readonly OutgoingRecord[]) => Promise<void> = () => Promise.resolve();
  /** Awaited after they became visible; what it throws makes the commit fail all the same. */
  afterCommit: () => Promise<void> = () => Promise.resolve();
  readonly streams: MemoryStreams;
  /** How often a feed was opened. */
  opened = 0;
  /** Sizes of the appends of feeds that became visible. */
  readonly appends: number[] = [];
  readonly #emit: Emit<typeof eventLogEvents>;
  readonly #running = new Set<Running>();
  #isClosed = false;

  constructor(streams = new MemoryStreams(), telemetry = new Telemetry()) {
    this.streams = streams;
    this.#emit = telemetry.emitter(eventLogEvents, silentLogger());
  }

  /** Everything that became visible, in the order in which it did. */
  get published(): OutgoingRecord[] {
    return this.streams.published;
  }

  /** Resolves once the condition holds; looked at after every change. */
  until(condition: () => boolean): Promise<void> {
    return this.streams.until(condition);
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
    this.opened += 1;
    const { content } = this.streams;
    const feed = content.openFeed(name, recalled);
    const { epoch } = feed;
    let { position } = feed;
    let isClosed = false;
    this.streams.announce();
    return {
      get position() {
        return position;
      },
      append: async (records, to) => {
        await this.beforeCommit(records);
        this.#refuseClosed();
        if (isClosed) throw new Error(`feed ${name} was closed`);
        this.#refuseReplaced(content);
        if (feed.epoch !== epoch) throw new FencedError(`feed ${name}`);
        this.appends.push(records.length);
        position = feed.position = to;
        this.streams.append(records);
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
          await this.beforeCommit(outputs);
          this.#refuseReplaced(content);
          positions[partition] = to;
          this.streams.append(outputs);
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
          await commitWithRetry(batch, sink, { signal, backoff: shortWaits });
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
    const partitions = Array.from({ length: streams.partitionCount }, (_, partition) => partition);
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
