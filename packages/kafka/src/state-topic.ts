import { randomUUID } from 'node:crypto';
import { setInterval, clearInterval } from 'node:timers';
import type { Producer } from 'kafkajs';
import { renewedIdentity, type StreamName } from '@envigate/event-log';
import { Mutex, type Logger } from '@envigate/runtime';
import type { KafkaClient } from './client/kafka-client.ts';
import { translated } from './client/errors.ts';
import { scanTopic } from './scan.ts';
import type { Names } from './names.ts';

interface StateEntry {
  readonly key: string;
  readonly value: string;
}

/**
 * What the log must remember for ever about itself: Kafka's own memory of positions ends after a
 * silence. A topic of one partition, compacted: the last entry of each key stays.
 */
export class StateTopic {
  readonly #client: KafkaClient;
  readonly #topic: string;
  #producer: Promise<Producer> | undefined;
  #reading: Promise<readonly StateEntry[]> | undefined;

  constructor(client: KafkaClient, topic: string) {
    this.#client = client;
    this.#topic = topic;
  }

  /** Every entry that is left, in the order in which they were written. Calls at the same time share one look. */
  read(): Promise<readonly StateEntry[]> {
    this.#reading ??= this.#scan().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Resolves when the entries are durable. May write them twice. */
  async write(entries: readonly StateEntry[]): Promise<void> {
    this.#producer ??= this.#connect();
    const connected = this.#producer;
    try {
      const producer = await connected;
      await producer.send({ topic: this.#topic, acks: -1, messages: [...entries] });
    } catch (error) {
      if (this.#producer === connected) this.#producer = undefined;
      connected.then((producer) => producer.disconnect()).catch(() => undefined);
      throw translated(`writing to ${this.#topic}`, error);
    }
  }

  async close(): Promise<void> {
    const connected = this.#producer;
    this.#producer = undefined;
    await connected?.then((producer) => producer.disconnect()).catch(() => undefined);
  }

  async #connect(): Promise<Producer> {
    const producer = this.#client.plainProducer();
    await producer.connect();
    return producer;
  }

  async #scan(): Promise<readonly StateEntry[]> {
    await this.#client.topicId(this.#topic); // says at once where it does not exist
    const entries: StateEntry[] = [];
    for await (const { message } of scanTopic(this.#client, this.#topic, [0])) {
      const { key, value } = message;
      entries.push({ key: key?.toString() ?? '', value: value?.toString() ?? '' });
    }
    return entries;
  }
}

const renewalPrefix = 'renewal/';

/**
 * A stream is its topic's id, which the broker makes with the topic, and the last renewal. Brokers
 * that were put back to an older state bring their old ids with them: a renewal distinguishes that log from
 * the one that was lost.
 */
export class LogIdentity {
  readonly #client: Pick<KafkaClient, 'topicId'>;
  readonly #names: Names;
  readonly #state: Pick<StateTopic, 'read' | 'write'>;

  constructor(
    client: Pick<KafkaClient, 'topicId'>,
    names: Names,
    state: Pick<StateTopic, 'read' | 'write'>,
  ) {
    this.#client = client;
    this.#names = names;
    this.#state = state;
  }

  async of(stream: StreamName): Promise<string> {
    const id = await this.#client.topicId(this.#names.topic(stream));
    return renewedIdentity(`kafka:${id}`, lastRenewal(await this.#state.read()));
  }

  /** Does nothing where the stream's identity is not `seen` any more. */
  async renew(stream: StreamName, seen: string): Promise<void> {
    const of = lastRenewal(await this.#state.read());
    if ((await this.of(stream)) !== seen) return;
    await this.#state.write([{ key: renewalPrefix + randomUUID(), value: JSON.stringify({ of }) }]);
  }
}

/**
 * Each renewal names the one that it replaces, so that of two made at the same time the first one
 * counts and the other does nothing.
 */
function lastRenewal(entries: readonly StateEntry[]): string | undefined {
  let last: string | undefined;
  for (const { key, value } of entries) {
    if (!key.startsWith(renewalPrefix)) continue;
    const { of } = JSON.parse(value) as { of?: string };
    if (of === last) last = key.slice(renewalPrefix.length);
  }
  return last;
}

interface Copy {
  readonly position: number;
  /** Id of the topic in which the position counts. */
  readonly topicId: string;
}

const positionPrefix = 'position/';

/**
 * Copies of positions, which Kafka forgets after a silence (offsets.retention.minutes, 7 days by
 * default). They are written some time after the fact and when the log is closed, so that they cost
 * a busy gateway nothing. A copy is never ahead of its position; one that lags behind makes the log
 * hand records over again.
 */
export class PositionCopies {
  readonly #state: StateTopic;
  readonly #logger: Logger;
  readonly #everyMs: number;
  readonly #waiting = new Map<string, Copy>();
  #timer: NodeJS.Timeout | undefined;
  readonly #writes = new Mutex();

  constructor(state: StateTopic, logger: Logger, everyMs: number) {
    this.#state = state;
    this.#logger = logger;
    this.#everyMs = everyMs;
  }

  /** `name` moved; the last position of a name is copied soon. One entry a name waits at most. */
  note(name: string, copy: Copy): void {
    this.#waiting.set(name, copy);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.flush(), this.#everyMs);
    this.#timer.unref();
  }

  /** The copy of a position in this topic; undefined where there is none. */
  async recall(name: string, topicId: string): Promise<number | undefined> {
    const copies = (await this.#state.read())
      .filter(({ key }) => key === positionPrefix + name)
      .map(({ value }) => parseCopy(value))
      .filter((copy) => copy?.topicId === topicId);
    return copies.at(-1)?.position;
  }

  /** Writes what waits; what cannot be written waits on. */
  flush(): Promise<void> {
    return this.#writes.run(() => this.#flush());
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #flush(): Promise<void> {
    const waiting = [...this.#waiting];
    if (waiting.length === 0) return;
    try {
      await this.#state.write(
        waiting.map(([name, copy]) => ({
          key: positionPrefix + name,
          value: JSON.stringify(copy),
        })),
      );
      for (const [name, copy] of waiting) {
        if (this.#waiting.get(name) === copy) this.#waiting.delete(name);
      }
    } catch (error) {
      this.#logger.debug({ err: error }, 'copies of positions are written later');
    }
  }
}

function parseCopy(value: string): Copy | undefined {
  try {
    const { position, topicId } = JSON.parse(value) as { position?: unknown; topicId?: unknown };
    return typeof position === 'number' && typeof topicId === 'string'
      ? { position, topicId }
      : undefined;
  } catch {
    return undefined;
  }
}
