import { randomUUID } from 'node:crypto';
import { FencedError, type Feed, type OutgoingRecord } from '@envigate/event-log';
import { Backoff, pause } from './backoff.ts';
import { KafkaUnavailableError, faultOf, isContended } from './errors.ts';
import { latestOffsets, settledOffsets, type GroupOffset } from './group-offsets.ts';
import type { LogContext } from './log-context.ts';
import { refuseTooLarge } from './records.ts';
import { TransactionalWriter } from './transactional-writer.ts';

const closeWithinMs = 4_000;

/**
 * A feed: its position is the offset of a group that nobody consumes with, its holder the
 * metadata of that offset.
 *
 * Epochs of the transactional ids keep two holders apart, but they also rise when the broker lets
 * a slow transaction time out. So an append that was fenced asks who holds the feed: another →
 * FencedError; itself → it initialises the ids again. An append whose outcome is unknown is
 * settled in the same way, by the position: it is never done twice, and goes on until the broker
 * is back or the feed is closed.
 */
export class KafkaFeed implements Feed {
  readonly #name: string;
  readonly #context: LogContext;
  readonly #onClosed: (feed: KafkaFeed) => void;
  readonly #holder = randomUUID();
  readonly #closing = new AbortController();
  #writer: TransactionalWriter | undefined;
  #position = 0;
  #last: Promise<void> = Promise.resolve();

  private constructor(name: string, context: LogContext, onClosed: (feed: KafkaFeed) => void) {
    this.#name = name;
    this.#context = context;
    this.#onClosed = onClosed;
  }

  /** `onClosed` is called with the feed once it was closed, so that nobody keeps it longer. */
  static async open(
    name: string,
    context: LogContext,
    onClosed: (feed: KafkaFeed) => void,
  ): Promise<KafkaFeed> {
    const feed = new KafkaFeed(name, context, onClosed);
    const attempts = 5;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await feed.#takeOver();
        return feed;
      } catch (error) {
        await feed.#dropWriter();
        // An earlier holder that found itself fenced may have asked in the middle of this.
        if (!isContended(error) || attempt === attempts) throw error;
      }
    }
  }

  get position(): number {
    return this.#position;
  }

  append(records: readonly OutgoingRecord[], position: number): Promise<void> {
    const turn = this.#last.then(() => this.#append(records, position));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#closing.abort(
      new KafkaUnavailableError(`appending to ${this.#name}`, 'the feed was closed'),
    );
    // An attempt at a broker that is away takes longer than anyone waits for a close.
    const finished = new AbortController();
    await Promise.race([
      this.#last.finally(() => finished.abort(new Error('finished'))),
      pause(closeWithinMs, finished.signal).catch(() => undefined),
    ]);
    await this.#dropWriter();
    this.#onClosed(this);
  }

  async #append(records: readonly OutgoingRecord[], position: number): Promise<void> {
    refuseTooLarge(records);
    const backoff = new Backoff();
    for (;;) {
      this.#closing.signal.throwIfAborted();
      try {
        await this.#attempt(records, position);
        return;
      } catch (error) {
        await this.#dropWriter();
        if (error instanceof LostFeedError || faultOf(error) === 'lasting') throw error;
        this.#closing.signal.throwIfAborted();
        this.#context.logger.warn({ err: error, feed: this.#name }, 'append is tried again');
        await backoff.wait(this.#closing.signal);
      }
    }
  }

  async #attempt(records: readonly OutgoingRecord[], position: number): Promise<void> {
    if (this.#writer === undefined) {
      const before = this.#position;
      await this.#resume();
      if (this.#position !== before && this.#position === position) return; // it had gone through
      this.#closing.signal.throwIfAborted();
    }
    await this.#write(records, position);
  }

  /** Takes the feed from whoever has it and signs the position with our name. */
  async #takeOver(): Promise<void> {
    this.#writer = await this.#openWriter();
    this.#position = (await this.#read()).offset;
    await this.#write([], this.#position);
  }

  /** Settles what an earlier attempt left, unless the feed has a new holder. */
  async #resume(): Promise<void> {
    await this.#positionAsHolder(); // before the ids: a newer holder is not to be disturbed
    this.#writer = await this.#openWriter();
    this.#position = await this.#positionAsHolder();
  }

  async #positionAsHolder(): Promise<number> {
    const { offset, metadata } = await this.#read();
    if (metadata !== this.#holder) throw new LostFeedError(`feed ${this.#name}`);
    return offset;
  }

  async #write(records: readonly OutgoingRecord[], position: number): Promise<void> {
    if (this.#writer === undefined) throw new Error(`feed ${this.#name} is closed`);
    const { names } = this.#context;
    await this.#writer.write(records, {
      groupId: names.feedGroup(this.#name),
      topic: names.feedsTopic,
      partition: 0,
      offset: position,
      metadata: this.#holder,
    });
    this.#position = position;
  }

  async #read(): Promise<GroupOffset> {
    const { client, names } = this.#context;
    const group = names.feedGroup(this.#name);
    const [place] = await settledOffsets(client, group, names.feedsTopic);
    return place ?? { offset: 0, metadata: '' };
  }

  #openWriter(): Promise<TransactionalWriter> {
    const { client, names } = this.#context;
    return TransactionalWriter.open(client, names.feedTransactions(this.#name), (stream) =>
      names.topic(stream),
    );
  }

  async #dropWriter(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.close();
  }
}

/** Fenced for good: the position bears the name of another holder. */
class LostFeedError extends FencedError {}

/** Position of a feed, seen from outside. */
export async function feedPosition(
  name: string,
  { client, names }: Pick<LogContext, 'client' | 'names'>,
): Promise<number> {
  const [place] = await latestOffsets(client, names.feedGroup(name), names.feedsTopic);
  return place?.offset ?? 0;
}
