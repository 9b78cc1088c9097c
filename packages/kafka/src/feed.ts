import { Backoff, Mutex, pause } from '@envigate/runtime';
import { randomUUID } from 'node:crypto';
import { FencedError, streams, type Feed, type OutgoingRecord } from '@envigate/event-log';
import {
  KafkaUnavailableError,
  LogReplacedError,
  faultOf,
  isContended,
  isExpired,
} from './client/errors.ts';
import {
  latestOffsets,
  settledOffsets,
  type GroupOffset,
  TransactionalWriter,
} from './transactions.ts';
import type { LogContext } from './log-context.ts';
import { refuseTooLarge } from './records.ts';

const closeWithinMs = 4_000;
/** The topic into which most feeds publish. Where it was made anew, no feed's position counts any more. */
const anchor = streams.files;

/**
 * A feed: its position is the offset of a group that nobody consumes with. The metadata of that
 * offset name the feed's holder and the topic in which the position counts.
 *
 * Epochs of the transactional ids keep two holders apart, but they also rise when the broker lets
 * a slow transaction time out. So an append that was fenced asks who holds the feed: another →
 * FencedError; itself → it initialises the ids again. An append whose outcome is unknown is
 * settled in the same way, by the position: it is never done twice, and goes on until the broker
 * is back or the feed is closed.
 *
 * The broker forgets offsets of such a group, and transactional ids, after days of silence. So a
 * silent feed says its position again from time to time. Where it is forgotten all the same, its
 * holder knows it, and a new one finds a copy.
 */
export class KafkaFeed implements Feed {
  readonly #name: string;
  readonly #context: LogContext;
  readonly #onClosed: (feed: KafkaFeed) => void;
  readonly #holder = randomUUID();
  readonly #closing = new AbortController();
  #writer: TransactionalWriter | undefined;
  #position = 0;
  #topicId = '';
  readonly #appends = new Mutex();
  #refresh: NodeJS.Timeout | undefined;

  private constructor(name: string, context: LogContext, onClosed: (feed: KafkaFeed) => void) {
    this.#name = name;
    this.#context = context;
    this.#onClosed = onClosed;
  }

  /**
   * `recalled` counts where the log has no position. `onClosed` is called with the feed once it was
   * closed, so that nobody keeps it longer.
   */
  static async open(
    name: string,
    recalled: number,
    context: LogContext,
    onClosed: (feed: KafkaFeed) => void,
  ): Promise<KafkaFeed> {
    const feed = new KafkaFeed(name, context, onClosed);
    const attempts = 5;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await feed.#takeOver(recalled);
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
    return this.#appends.run(() => this.#append(records, position));
  }

  async close(): Promise<void> {
    clearTimeout(this.#refresh);
    this.#closing.abort(
      new KafkaUnavailableError(`appending to ${this.#name}`, 'the feed was closed'),
    );
    // An attempt at a broker that is away takes longer than anyone waits for a close.
    const finished = new AbortController();
    await Promise.race([
      this.#appends.idle().finally(() => finished.abort()),
      pause(closeWithinMs, finished.signal),
    ]);
    await this.#dropWriter();
    this.#onClosed(this);
  }

  async #append(records: readonly OutgoingRecord[], position: number): Promise<void> {
    refuseTooLarge(records);
    const { logger } = this.#context;
    const backoff = new Backoff();
    for (;;) {
      this.#closing.signal.throwIfAborted();
      try {
        await this.#attempt(records, position);
        return;
      } catch (error) {
        await this.#dropWriter();
        if (isOver(error)) throw error;
        this.#closing.signal.throwIfAborted();
        if (isExpired(error)) {
          logger.debug({ feed: this.#name }, 'transactional ids had expired');
          continue;
        }
        logger.warn({ err: error, feed: this.#name }, 'append is tried again');
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
  async #takeOver(recalled: number): Promise<void> {
    this.#writer = await this.#openWriter();
    this.#topicId = await this.#readTopicId();
    this.#position = (await this.#readPosition()) ?? (await this.#recall(recalled));
    await this.#write([], this.#position);
  }

  async #readPosition(): Promise<number | undefined> {
    return positionIn(await this.#read(), this.#topicId);
  }

  async #recall(recalled: number): Promise<number> {
    const { copies, emit } = this.#context;
    const copy = (await copies.recall(copyName(this.#name), this.#topicId)) ?? 0;
    const position = Math.max(copy, recalled);
    if (position > 0) emit('position-recalled', { of: `feed ${this.#name}`, position });
    return position;
  }

  /** Settles what an earlier attempt left, unless the feed has a new holder. */
  async #resume(): Promise<void> {
    await this.#positionAsHolder(); // before the ids: a newer holder is not to be disturbed
    this.#writer = await this.#openWriter();
    this.#position = await this.#positionAsHolder();
  }

  async #positionAsHolder(): Promise<number> {
    if ((await this.#readTopicId()) !== this.#topicId)
      throw new LogReplacedError(`feed ${this.#name}`);
    const found = await this.#read();
    // Forgotten: nothing was committed for days, so it is where we left it.
    if (found.offset === undefined) return this.#position;
    if (signatureOf(found).holder !== this.#holder) throw new LostFeedError(`feed ${this.#name}`);
    if (found.offset < this.#position) throw new LogReplacedError(`feed ${this.#name}`);
    return found.offset;
  }

  async #write(records: readonly OutgoingRecord[], position: number): Promise<void> {
    if (this.#writer === undefined) throw new Error(`feed ${this.#name} is closed`);
    const { names, copies } = this.#context;
    await this.#writer.write(records, {
      groupId: names.feedGroup(this.#name),
      topic: names.feedsTopic,
      partition: 0,
      offset: position,
      metadata: `${this.#holder} ${this.#topicId}`,
    });
    this.#position = position;
    copies.note(copyName(this.#name), { position, topicId: this.#topicId });
    this.#refreshLater();
  }

  #refreshLater(): void {
    clearTimeout(this.#refresh);
    if (this.#closing.signal.aborted) return;
    this.#refresh = setTimeout(
      () => void this.#appends.run(() => this.#sayAgain()),
      this.#context.refreshMs,
    );
    this.#refresh.unref();
  }

  /** With each id, as the broker forgets them too. */
  async #sayAgain(): Promise<void> {
    try {
      if (this.#writer === undefined) await this.#resume();
      const ids = this.#writer?.ids ?? 0;
      for (let turn = 0; turn < ids; turn++) await this.#write([], this.#position);
    } catch (error) {
      // The next append finds out what is the matter.
      this.#context.logger.debug({ err: error, feed: this.#name }, 'position is not said again');
      await this.#dropWriter();
      this.#refreshLater();
    }
  }

  async #read(): Promise<GroupOffset> {
    const { client, names } = this.#context;
    const group = names.feedGroup(this.#name);
    const [place] = await settledOffsets(client, group, names.feedsTopic);
    return place ?? { offset: undefined, metadata: '' };
  }

  #readTopicId(): Promise<string> {
    const { client, names } = this.#context;
    return client.topicId(names.topic(anchor));
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

function isOver(error: unknown): boolean {
  return (
    error instanceof LostFeedError ||
    error instanceof LogReplacedError ||
    faultOf(error) === 'lasting'
  );
}

function copyName(feed: string): string {
  return `feed/${feed}`;
}

/** What a holder wrote beside the position; positions of earlier versions name no topic. */
function signatureOf({ metadata }: GroupOffset): { holder: string; topicId: string | undefined } {
  const [holder = '', topicId] = metadata.split(' ');
  return { holder, topicId };
}

/** Undefined where there is none, or one that counted in another topic. */
function positionIn(found: GroupOffset, topicId: string): number | undefined {
  const signed = signatureOf(found).topicId;
  return signed === undefined || signed === topicId ? found.offset : undefined;
}

/** Position of a feed, seen from outside. */
export async function feedPosition(
  name: string,
  { client, names, copies }: Pick<LogContext, 'client' | 'names' | 'copies'>,
): Promise<number> {
  const topicId = await client.topicId(names.topic(anchor));
  const [place] = await latestOffsets(client, names.feedGroup(name), names.feedsTopic);
  const position = place === undefined ? undefined : positionIn(place, topicId);
  return position ?? (await copies.recall(copyName(name), topicId)) ?? 0;
}
