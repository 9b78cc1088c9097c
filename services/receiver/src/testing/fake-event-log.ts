import { FencedError, type EventLog, type Feed, type OutgoingRecord } from '@envigate/event-log';

interface FeedState {
  position: number;
  holder: number;
}

/** The feeds of an event log in memory, with the faults of a real one. What the receiver does not use throws. */
export class FakeEventLog implements EventLog {
  readonly records: OutgoingRecord[] = [];
  /** Sizes of the appends that were committed. */
  readonly batches: number[] = [];
  opened = 0;
  /** Awaited before each opening of a feed; what it throws is the opening's error. */
  beforeOpen: () => Promise<void> = () => Promise.resolve();
  /** Awaited before records become visible; what it throws makes the append fail without effect. */
  beforeCommit: () => Promise<void> = () => Promise.resolve();
  /** Awaited after they became visible; what it throws makes the append fail all the same. */
  afterCommit: () => Promise<void> = () => Promise.resolve();
  /** Its identity. A log that was replaced has another one, and other feeds. */
  log = 'log';
  readonly #feeds = new Map<string, FeedState>();
  readonly #watchers = new Set<() => void>();

  async identity(): Promise<string> {
    await this.beforeOpen();
    return this.log;
  }

  /** The feeds keep their positions: it is the same log. */
  renew(_stream: string, seen: string): Promise<void> {
    if (seen === this.log) this.log = `${this.log}+`;
    return Promise.resolve();
  }

  async openFeed(name: string, recalled = 0): Promise<Feed> {
    await this.beforeOpen();
    this.opened += 1;
    const key = this.#keyOf(name);
    const state = this.#feeds.get(key) ?? { position: recalled, holder: 0 };
    this.#feeds.set(key, state);
    const holder = (state.holder += 1);
    this.#notify();
    let { position } = state;
    return {
      get position() {
        return position;
      },
      append: async (records, to) => {
        await this.beforeCommit();
        if (state.holder !== holder) throw new FencedError(name);
        this.records.push(...records);
        this.batches.push(records.length);
        position = state.position = to;
        this.#notify();
        await this.afterCommit();
      },
      close: () => Promise.resolve(),
    };
  }

  feedPosition(name: string): Promise<number> {
    return Promise.resolve(this.#feeds.get(this.#keyOf(name))?.position ?? 0);
  }

  /** Sets what the log believes to have of a feed. */
  setPosition(name: string, position: number): void {
    this.#feeds.set(this.#keyOf(name), { position, holder: 0 });
  }

  /** As Kafka does after a silence. */
  forgetPosition(name: string): void {
    this.#feeds.delete(this.#keyOf(name));
  }

  #keyOf(name: string): string {
    return `${this.log.replaceAll('+', '')} ${name}`;
  }

  /** Resolves once the condition holds; looked at after every change. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #notify(): void {
    for (const look of [...this.#watchers]) look();
  }

  prepare = unused;
  pipe = unused;
  drain = unused;
  groupPositions = unused;
  partitions = unused;
  check = unused;
  scan = (): never => unusedNow();
  close = (): Promise<void> => Promise.resolve();
}

function unusedNow(): never {
  throw new Error('the receiver has no use for this');
}

function unused(): Promise<never> {
  return Promise.reject(new Error('the receiver has no use for this'));
}
