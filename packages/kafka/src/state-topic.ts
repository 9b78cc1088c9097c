import type { Producer } from 'kafkajs';
import type { KafkaClient } from './client/kafka-client.ts';
import { translated } from './errors.ts';
import { scanTopic } from './scan.ts';

export interface StateEntry {
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
