import { randomUUID } from 'node:crypto';
import { renewedIdentity, type StreamName } from '@envigate/event-log';
import type { KafkaClient } from './client/kafka-client.ts';
import type { Names } from './names.ts';
import type { StateEntry, StateTopic } from './state-topic.ts';

const prefix = 'renewal/';

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
    await this.#state.write([{ key: prefix + randomUUID(), value: JSON.stringify({ of }) }]);
  }
}

/**
 * Each renewal names the one that it replaces, so that of two made at the same time the first one
 * counts and the other does nothing.
 */
export function lastRenewal(entries: readonly StateEntry[]): string | undefined {
  let last: string | undefined;
  for (const { key, value } of entries) {
    if (!key.startsWith(prefix)) continue;
    const { of } = JSON.parse(value) as { of?: string };
    if (of === last) last = key.slice(prefix.length);
  }
  return last;
}
